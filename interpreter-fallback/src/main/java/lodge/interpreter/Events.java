package lodge.interpreter;

import lodge.core.backend.Exit;

/**
 * Exceptions and interrupts (SDM vol. 3A, chapter 6): what is looked after between instructions,
 * and delivery through the IVT or IDT.
 */
final class Events {
    private final Cpu c;

    Events(Cpu c) {
        this.c = c;
    }

    /** Looks after what asked for attention. Returns why the run ends, or null. */
    Exit attend() {
        if (!c.attentive()) {
            c.mail.await();
        }
        int bits = c.mail.take();
        if ((bits & Cpu.FLUSH) != 0) {
            c.flush(true);
        }
        return (bits & Cpu.KICK) != 0 ? Exit.Signal.KICKED : null;
    }

    /** Delivers an exception; RIP is the faulting instruction's. Null, or SHUTDOWN. */
    Exit exception(int vector, int errorCode) {
        return new Exit.Fault("Exceptions are not delivered yet", vector, c.rip);
    }
}
