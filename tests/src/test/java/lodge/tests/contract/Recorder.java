package lodge.tests.contract;

import lodge.core.bus.MmioDevice;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device that writes down what a tiny guest does, and calls back where a test wants to act. Its
 * ports, by offset: 0 records and answers with a counter, 4 is silent, 8 answers 0x41 and calls
 * {@link #onIn}, 0xc and 0xe call {@link #onReady} and {@link #onAcknowledge}. Its memory is 8 KiB
 * of bytes.
 */
final class Recorder implements Device<Recorder.State>, PortDevice {
    static final int COUNTING = 0;
    static final int SILENT = 4;
    static final int CALLING = 8;
    static final int MARK = 0xa;
    static final int READY = 0xc;
    static final int ACKNOWLEDGE = 0xe;

    record State() {}

    final byte[] memory = new byte[0x2000];
    private final Counters counters = new Counters();
    private final int[] outSizes = new int[1024];
    private final int[] outValues = new int[1024];
    private final int[] mmioSizes = new int[1024];
    private final AtomicInteger outs = new AtomicInteger();
    private final AtomicInteger mmioAccesses = new AtomicInteger();
    volatile int mark;
    private int inCounter;
    int largestInBurst;
    int outElements;
    volatile Runnable onIn = () -> {};
    volatile Runnable onReady = () -> {};
    volatile Runnable onAcknowledge = () -> {};
    volatile Runnable onSilent = () -> {};

    @Override
    public String name() {
        return "recorder";
    }

    @Override
    public void reset() {}

    @Override
    public State save() {
        return new State();
    }

    @Override
    public void load(State state) {}

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public int width() {
        return 4;
    }

    @Override
    public int in(int offset, int size) {
        switch (offset) {
            case COUNTING:
                return inCounter++ * 0x01010101;
            case CALLING:
                onIn.run();
                return 0x41;
            case SILENT:
                silent();
                return 0x5a5a5a5a;
            default:
                return 0;
        }
    }

    @Override
    public void out(int offset, int size, int value) {
        switch (offset) {
            case COUNTING -> {
                int at = outs.get();
                outSizes[at % outSizes.length] = size;
                outValues[at % outValues.length] = value;
                outElements++;
                outs.set(at + 1);
            }
            case SILENT -> silent();
            case MARK -> mark = value;
            case READY -> onReady.run();
            case ACKNOWLEDGE -> onAcknowledge.run();
            default -> {}
        }
    }

    private void silent() {
        onSilent.run();
    }

    @Override
    public void insBurst(int offset, int size, int count, MemorySegment data, long at) {
        largestInBurst = Math.max(largestInBurst, count);
        PortDevice.super.insBurst(offset, size, count, data, at);
    }

    /**
     * The recorder's face on the memory bus; a class of its own because both faces have a width.
     */
    final MmioDevice mmio =
            new MmioDevice() {
                @Override
                public long read(long offset, int size) {
                    silent();
                    mmioSizes[mmioAccesses.getAndIncrement() % mmioSizes.length] = size;
                    long value = 0;
                    for (int i = 0; i < size; i++) {
                        value |= (memory[(int) offset + i] & 0xffL) << 8 * i;
                    }
                    return value;
                }

                @Override
                public void write(long offset, int size, long value) {
                    silent();
                    mmioSizes[mmioAccesses.getAndIncrement() % mmioSizes.length] = -size;
                    for (int i = 0; i < size; i++) {
                        memory[(int) offset + i] = (byte) (value >>> 8 * i);
                    }
                }
            };

    /** Returns how many OUTs the recording port has seen. */
    int outs() {
        return outs.get();
    }

    /** Returns how many accesses its memory has seen. */
    int mmioAccesses() {
        return mmioAccesses.get();
    }

    int outSize(int index) {
        return outSizes[index];
    }

    int outValue(int index) {
        return outValues[index];
    }

    /** Size of a memory access, negative for a write. */
    int mmioSize(int index) {
        return mmioSizes[index];
    }
}
