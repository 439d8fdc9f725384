package lodge.kvm;

import lodge.core.backend.LocalApics.ExternalInterrupts;
import lodge.core.bus.LineSink;

/**
 * The wire from the 8259's INTR output to the bootstrap processor. Any thread sets it; the
 * processor's thread reads it.
 */
final class IntrLine implements LineSink {
    private volatile boolean high;
    private volatile KvmVcpu processor;
    private volatile ExternalInterrupts source;

    @Override
    public void line(int pin, boolean level) {
        high = level;
        KvmVcpu target = processor;
        if (level && target != null) {
            target.wake();
        }
    }

    void connect(KvmVcpu target) {
        processor = target;
    }

    void connect(ExternalInterrupts target) {
        source = target;
    }

    boolean high() {
        return high;
    }

    /** Returns the vector of the interrupt to take now, or -1 when nobody is connected. */
    int acknowledge() {
        ExternalInterrupts connected = source;
        return connected == null ? -1 : connected.acknowledge() & 0xff;
    }
}
