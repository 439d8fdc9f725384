package lodge.interpreter;

import lodge.core.backend.Exit;
import lodge.core.cpu.CpuidEntry;
import lodge.core.cpu.PendingEvents;

/**
 * Exceptions and interrupts (SDM vol. 3A, chapter 6): which event comes next, what becomes of
 * faults during a delivery, and what the processor does between instructions. {@link Delivery}
 * enters the handlers.
 */
final class Events {
    /** Vectors 0, 10 to 13: contributory exceptions (SDM vol. 3A, table 6-4). */
    private static final int CONTRIBUTORY = 1 << 0 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13;

    /** Exceptions that are faults, after which RF suppresses the instruction breakpoint. */
    private static final int FAULTS =
            CONTRIBUTORY | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 14 | 1 << 16 | 1 << 17 | 1 << 19;

    private static final int NMI = 2;

    private final Cpu c;

    /** For frames; one at a time. */
    final StackFrame frame;

    /** Selectors of a task that is being entered, by segment register. */
    final int[] selectors = new int[8];

    /** 1 while an event is delivered that no instruction asked for: EXT of error codes. */
    int ext;

    /** NMIs wait for IRET. */
    private boolean nmiBlocked;

    // What a saved state had begun to deliver; served before anything else.
    private int heldException = -1;
    private int heldError = -1;
    private int heldInterrupt = -1;
    private boolean heldSoft;
    private boolean heldNmi;
    private int heldShadow;

    Events(Cpu c) {
        this.c = c;
        frame = new StackFrame(c);
    }

    // ---- between instructions ----

    /**
     * Looks after what asked for attention, in the order of SDM vol. 3A, table 6-2; waits while the
     * processor is halted.
     *
     * @return why the run ends, or null
     */
    Exit attend() {
        if (!c.attentive()) {
            c.mail.await();
        }
        int bits = c.mail.take();
        if ((bits & Turns.END) != 0) {
            c.mail.seat.pass();
        }
        if ((bits & Cpu.FLUSH) != 0) {
            c.flush(true);
        }
        settle();
        if ((bits & Cpu.KICK) != 0) {
            // The rest is looked at when the run goes on; a state that is taken meanwhile has it
            // all.
            holdTrap();
            c.attention(bits & ~(Cpu.KICK | Cpu.FLUSH) | Cpu.INTERRUPT | Cpu.EVENT);
            return Exit.Signal.KICKED;
        }
        if (c.dormant) {
            return null;
        }
        holdTrap();
        if (holds()) {
            return held();
        }
        if (c.mail.nmi && !nmiBlocked) {
            c.mail.nmi = false;
            c.attention(Cpu.INTERRUPT);
            return nonMaskable();
        }
        if ((c.systemFlags & CpuRegisters.IF) != 0) {
            return external();
        }
        return null;
    }

    /**
     * Takes INIT and start-up IPIs that have come; also before a state is taken. A start-up IPI
     * counts only for a processor that waits for it.
     */
    void settle() {
        // First the one that comes second: so whoever sees it sees the INIT in front of it.
        int vector = c.mail.startup;
        if (c.mail.init) {
            c.mail.init = false;
            initialize();
        }
        if (vector < 0) {
            return;
        }
        c.mail.startup = -1;
        if (c.waitsForStartup) {
            startup(vector);
        }
    }

    private void startup(int vector) {
        c.dormant = false;
        c.waitsForStartup = false;
        Segments.set(
                c,
                CpuRegisters.CS,
                (vector & 0xff) << 8,
                (vector & 0xffL) << 12,
                0xffff,
                Segments.REAL_CODE);
        c.rip = 0;
        c.modeChanged();
    }

    /**
     * Does what an INIT does (SDM vol. 3A, table 10-1): caches, MSRs and the FPU stay. The
     * bootstrap processor begins at the reset vector, every other one waits for a start-up IPI.
     */
    private void initialize() {
        int base = SystemRegisters.MSR_APIC_BASE;
        boolean bootstrap =
                !c.apic.ownsMsr(base) || !c.apic.readMsr(base) || (c.apic.msrValue() & 0x100) != 0;
        c.apic.init();
        for (int r = 0; r < 16; r++) {
            c.setReg64(8 * r, 0);
        }
        c.setReg64(CpuRegisters.RDX, signature());
        c.setArithmetic(0);
        c.systemFlags = 0;
        for (int segment = 0; segment < CpuRegisters.LDTR; segment++) {
            Segments.set(c, segment, 0, 0, 0xffff, Segments.REAL_DATA);
        }
        Segments.set(c, CpuRegisters.CS, 0xf000, 0xffff_0000L, 0xffff, Segments.REAL_CODE);
        Segments.set(c, CpuRegisters.LDTR, 0, 0, 0xffff, 0x82);
        Segments.set(c, CpuRegisters.TR, 0, 0, 0xffff, 0x8b);
        c.gdtrBase = 0;
        c.gdtrLimit = 0xffff;
        c.idtrBase = 0;
        c.idtrLimit = 0xffff;
        // CD and NW stay as they are.
        c.cr0 = c.cr0 & (CpuSystem.CR0_CD | CpuSystem.CR0_NW) | CpuSystem.CR0_ET;
        c.cr2 = 0;
        c.cr3 = 0;
        c.cr4 = 0;
        c.efer = 0;
        c.cpl = 0;
        java.util.Arrays.fill(c.dr, 0);
        c.dr[6] = Debug.DR6_FIXED;
        c.dr[7] = Debug.DR7_FIXED;
        c.rip = 0xfff0;
        c.halted = false;
        c.dormant = !bootstrap;
        c.waitsForStartup = !bootstrap;
        c.shadow = 0;
        nmiBlocked = false;
        dropHeld();
        c.flush(true);
        c.modeChanged();
        c.debug.refresh();
    }

    private int signature() {
        for (CpuidEntry leaf : c.system.model().cpuid()) {
            if (leaf.leaf() == 1) {
                return leaf.eax();
            }
        }
        return 0;
    }

    private Exit external() {
        int vector = -1;
        if (c.apic.externalPending()) {
            vector = c.apic.acknowledgeExternal();
        }
        if (vector < 0) {
            vector = c.apic.pending();
            if (vector >= 0) {
                c.apic.accept(vector);
            }
        }
        if (vector >= 0 && c.kicked()) {
            // Someone wants the state, perhaps to take it elsewhere: with the vector in it, not
            // with
            // a frame that was pushed at the last moment.
            heldInterrupt = vector;
            heldSoft = false;
            return null;
        }
        return vector < 0 ? null : interrupt(vector);
    }

    /** An IRET, or what counts as one: NMIs come through again. */
    void unblockNmi() {
        nmiBlocked = false;
        if (c.mail.nmi) {
            c.attention(Cpu.EVENT);
        }
    }

    // ---- delivery ----

    /** Delivers an interrupt that was acknowledged. Null, or SHUTDOWN. */
    Exit interrupt(int vector) {
        Exit exit = deliver(vector, -1, c.flags());
        // Behind a trap gate the next one may come at once.
        if ((c.systemFlags & CpuRegisters.IF) != 0) {
            c.attention(Cpu.INTERRUPT);
        }
        return exit;
    }

    private Exit nonMaskable() {
        nmiBlocked = true;
        return deliver(NMI, -1, c.flags());
    }

    /**
     * Delivers an exception; {@code c.rip} is the faulting instruction's, or for a trap the next
     * one's.
     *
     * @param errorCode the error code, or -1
     * @return null, or SHUTDOWN
     */
    Exit exception(int vector, int errorCode) {
        int image = c.flags();
        if (c.debug.excepted(vector) || (FAULTS >>> vector & 1) != 0) {
            image |= CpuRegisters.RF;
        }
        return deliver(vector, errorCode, image);
    }

    /** Delivers, and whatever faults in doing so (SDM vol. 3A, tables 6-4 and 6-5). */
    private Exit deliver(int first, int firstError, int image) {
        c.halted = false;
        int vector = first;
        int error = firstError;
        while (true) {
            c.shadow = 0;
            try {
                ext = vector == GuestFault.BP || vector == GuestFault.OF ? 0 : 1;
                Delivery.deliver(c, vector, c.protectedMode() ? error : -1, false, image);
                ext = 0;
                return null;
            } catch (GuestFault f) {
                c.explicit();
                ext = 0;
                if (f.atRip) {
                    // A task switch had passed the point of no return: the new task's fault.
                    image = c.flags() | CpuRegisters.RF;
                }
                int second = f.vector;
                if (vector == GuestFault.DF && kind(second) != 0) {
                    return Exit.Signal.SHUTDOWN;
                }
                if (kind(vector) == 0 && second == vector) {
                    // An alignment check in the delivery of an alignment check may go on for ever:
                    // the run loop must be able to end it.
                    heldException = second;
                    heldError = f.errorCode;
                    c.attention(Cpu.EVENT);
                    return null;
                }
                if (kind(vector) == 1 && kind(second) == 1
                        || kind(vector) == 2 && kind(second) != 0) {
                    vector = GuestFault.DF;
                    error = 0;
                } else {
                    vector = second;
                    error = f.errorCode;
                }
                image |= CpuRegisters.RF;
            }
        }
    }

    /** 0 benign, 1 contributory, 2 page fault; the double fault counts by itself. */
    private static int kind(int vector) {
        return vector == GuestFault.PF
                ? 2
                : vector < 32 && (CONTRIBUTORY >>> vector & 1) != 0 ? 1 : 0;
    }

    /**
     * Delivers a software interrupt; {@code c.rip} is behind the instruction.
     *
     * @param anywhere whether the instruction is INT n, which virtual-8086 mode restricts; INT3 and
     *     INTO are not
     * @throws GuestFault what the instruction raises
     */
    void software(int vector, boolean anywhere) {
        if (anywhere && c.vm86()) {
            if ((c.cr4 & CpuSystem.CR4_VME) != 0 && !TaskState.redirectedToIdt(c, vector)) {
                Delivery.redirected(c, vector);
                return;
            }
            if (c.iopl() < 3) {
                throw c.gp(0);
            }
        }
        Delivery.deliver(c, vector, -1, true, c.flags());
    }

    /** Delivers INT1: like a hardware event, so no privilege is asked for. */
    void icebp() {
        ext = 1;
        try {
            Delivery.deliver(c, GuestFault.DB, -1, false, c.flags());
        } finally {
            ext = 0;
        }
    }

    // ---- states ----

    private boolean holds() {
        return heldException >= 0 || heldInterrupt >= 0 || heldNmi;
    }

    private void dropHeld() {
        heldException = -1;
        heldInterrupt = -1;
        heldNmi = false;
        heldShadow = 0;
    }

    /** Debug traps that wait come before interrupts. */
    private void holdTrap() {
        if (c.debug.waits() && !holds()) {
            c.debug.take();
            heldException = GuestFault.DB;
            heldError = -1;
        }
    }

    /** Delivers what waits because a state was loaded, or a debug trap. */
    private Exit held() {
        int exceptionVector = heldException;
        int interruptVector = heldInterrupt;
        boolean soft = heldSoft;
        boolean nmi = heldNmi;
        dropHeld();
        c.attention(Cpu.INTERRUPT | Cpu.EVENT);
        if (exceptionVector >= 0) {
            return exception(exceptionVector, heldError);
        }
        if (nmi) {
            return nonMaskable();
        }
        if (!soft) {
            return interrupt(interruptVector);
        }
        try {
            software(interruptVector, true);
            return null;
        } catch (GuestFault f) {
            c.explicit();
            return exception(f.vector, f.errorCode);
        }
    }

    /** Returns what is under way between two instructions. */
    PendingEvents save() {
        int startup = c.mail.startup;
        return new PendingEvents(
                heldException >= 0,
                Math.max(heldException, 0),
                heldException >= 0 && heldError >= 0,
                heldException >= 0 ? Math.max(heldError, 0) : 0,
                heldInterrupt >= 0,
                Math.max(heldInterrupt, 0),
                heldInterrupt >= 0 && heldSoft,
                holds() ? heldShadow : c.shadow,
                heldNmi,
                c.mail.nmi,
                nmiBlocked,
                Math.max(startup, 0));
    }

    /** Takes over what {@link #save} returned; after {@code c.waitsForStartup} has been set. */
    void load(PendingEvents events) {
        dropHeld();
        ext = 0;
        if (events.exceptionPending()) {
            heldException = events.exceptionVector() & 31;
            heldError = events.exceptionHasErrorCode() ? events.exceptionErrorCode() & 0xffff : -1;
        }
        if (events.interruptPending()) {
            heldInterrupt = events.interruptVector() & 0xff;
            heldSoft = events.interruptSoft();
        }
        heldNmi = events.nmiInjected();
        // A delivery ends the shadow, so it must not wait for it.
        heldShadow = holds() ? events.interruptShadow() : 0;
        c.shadow = holds() ? 0 : events.interruptShadow();
        nmiBlocked = events.nmiMasked();
        c.mail.nmi = events.nmiPending();
        c.mail.init = false;
        c.mail.startup = c.waitsForStartup && events.sipiVector() != 0 ? events.sipiVector() : -1;
        c.attention(Cpu.INTERRUPT | Cpu.EVENT);
    }
}
