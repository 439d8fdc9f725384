package lodge.interpreter.apic;

import java.util.function.LongSupplier;

/** Time that goes on when a test says so; timers expire in their order. */
final class ManualTime implements TimerSource {
    private LongSupplier expire = () -> ApicTimer.NEVER;
    private long now;

    ManualTime(long start) {
        now = start;
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public void attach(LongSupplier newExpire) {
        expire = newExpire;
    }

    @Override
    public void armed(long deadline) {}

    /** Lets time go on, stopping at every deadline on the way. */
    void advance(long nanos) {
        long end = now + nanos;
        long next = expire.getAsLong();
        while (next != ApicTimer.NEVER && next - end <= 0) {
            now = next - now > 0 ? next : now;
            next = expire.getAsLong();
        }
        now = end;
    }

    /** Lets time go on at once, as when the host is late; returns the next deadline. */
    long jump(long nanos) {
        now += nanos;
        return expire.getAsLong();
    }
}
