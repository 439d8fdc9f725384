package lodge.interpreter.fp;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

/** No operation allocates. */
class AllocationTest {
    private static final int ROUNDS = 20_000;

    /** Far below one byte an operation; the measurement itself takes some. */
    private static final long TOLERATED = 4096;

    private final FpContext c = new FpContext();
    private final SseContext sse = new SseContext();
    private long sink;

    @Test
    void noOperationAllocates() {
        assumeTrue(
                ManagementFactory.getThreadMXBean() instanceof ThreadMXBean,
                "This virtual machine does not count allocations: run the test on HotSpot.");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Operands operands = new Operands(0x97_0000);
        work(operands);
        long before = threads.getCurrentThreadAllocatedBytes();
        work(operands);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < TOLERATED, allocated + " bytes, for the sum " + sink);
    }

    private void work(Operands operands) {
        for (int i = 0; i < ROUNDS; i++) {
            c.control(operands.controlWord());
            int s = operands.signExponent();
            long m = operands.mantissaFor(s);
            int t = operands.signExponent();
            long n = operands.mantissaFor(t);
            extended(s, m, t, n);
            sse.mxcsr(operands.mxcsr(false));
            sse.begin();
            sse(operands.ieee(53, 1023), operands.ieee(53, 1023), operands.ieee(24, 127));
            sink += sse.end() ? 1 : 0;
        }
    }

    private void extended(int s, long m, int t, long n) {
        Float80Arithmetic.add(c, s, m, t, n);
        Float80Arithmetic.multiply(c, s, m, t, n);
        Float80Arithmetic.divide(c, s, m, t, n);
        Float80Arithmetic.squareRoot(c, s, m);
        Float80Arithmetic.remainder(c, s, m, t, n, true);
        Float80Arithmetic.scale(c, s, m, t, n);
        Float80.compare(c, s, m, t, n, false);
        Float80Transcendental.sineCosine(c, s, m);
        Float80Transcendental.tangent(c, s, m);
        Float80Transcendental.arctangent(c, s, m, t, n);
        Float80Transcendental.yLogX(c, s, m, t, n);
        Float80Transcendental.yLogXPlusOne(c, s, m, t, n);
        Float80Transcendental.twoToXMinusOne(c, s, m);
        sink += Float80Convert.toPackedBcd(c, s, m);
        sink += Float80Convert.toDouble(c, s, m);
    }

    private void sse(long x, long y, long single) {
        int f = (int) single;
        sink += SseArithmetic.addDouble(sse, x, y);
        sink += SseArithmetic.divideDouble(sse, x, y);
        sink += SseArithmetic.squareRootSingle(sse, f);
        sink += SseArithmetic.maximumDouble(sse, x, y);
        sink += SseSoft.fma(sse, x, y, x, 53, 1023);
        sink += SseCompare.orderDouble(sse, x, y, true);
        sink += SseConvert.doubleToSingle(sse, x);
        sink += SseConvert.singleToHalf(sse, f, 4);
        sink += SseConvert.truncateDoubleToLong(sse, x);
        sink += SseConvert.roundDouble(sse, x, 4);
        sink += SseApproximate.reciprocal(f);
    }
}
