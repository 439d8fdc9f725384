package lodge.interpreter;

import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;

/**
 * Debug exceptions (SDM vol. 3B, chapter 18): single-step, instruction, data and I/O breakpoints;
 * and the debugger's wishes, of which the guest sees nothing.
 *
 * <p>Instruction breakpoints and general detect are faults, everything else is a trap: it is
 * collected while an instruction runs and delivered behind it, but for MOV SS and POP SS, which put
 * it off by one instruction (SDM vol. 3A, 6.8.3).
 */
final class Debug {
    /** Bits of DR6 that read as 1, and DR7's. */
    static final long DR6_FIXED = 0xffff_0ff0L;

    static final long DR7_FIXED = 0x400;

    private static final long DR6_BD = 1 << 13;
    private static final long DR6_BS = 1 << 14;
    private static final long DR6_BT = 1 << 15;
    private static final long DR6_WRITABLE = 0xe00f;
    private static final long DR7_GD = 1 << 13;
    private static final long DR7_WRITABLE = 0xffff_23ffL;

    /** L0 to L3 and LE. */
    private static final long DR7_LOCAL = 0x155;

    private static final int EXECUTE = 0;
    private static final int STORE = 1;
    private static final int PORT = 2;
    private static final int ACCESS = 3;

    private final Cpu c;

    /** TF was set when the instruction began. */
    private boolean stepTrap;

    /** Bits of DR6 that the next trap tells. */
    private long pending;

    /** The debug fault on its way is one after which RF is to be set. */
    private boolean resume;

    /** The instruction follows a MOV SS or POP SS. */
    private boolean covered;

    private boolean instructions;
    private boolean ports;

    private boolean hostStep;
    private long[] hostBreakpoints = {};

    /** The debugger has been told that the instruction at {@link #toldRip} comes next. */
    private boolean told;

    private long toldRip;

    Debug(Cpu c) {
        this.c = c;
    }

    /** Derives {@code Cpu.careful} and {@code Cpu.watching}; after changes of RF, TF, DR7, CR4. */
    void refresh() {
        boolean data = false;
        instructions = false;
        ports = false;
        if ((c.dr[7] & 0xff) != 0) {
            for (int n = 0; n < 4; n++) {
                if (enabled(n)) {
                    int kind = kind(n);
                    instructions |= kind == EXECUTE;
                    data |= kind == STORE || kind == ACCESS;
                    ports |= kind == PORT && (c.cr4 & CpuSystem.CR4_DE) != 0;
                }
            }
        }
        if (data != c.watching) {
            c.watching = data;
            c.updateView();
        }
        c.careful =
                (c.systemFlags & (CpuRegisters.TF | CpuRegisters.RF)) != 0
                        || instructions
                        || data
                        || ports
                        || pending != 0
                        || c.trace != null
                        || hostStep
                        || hostBreakpoints.length > 0;
    }

    private boolean enabled(int n) {
        return (c.dr[7] >>> 2 * n & 3) != 0;
    }

    private int kind(int n) {
        return (int) (c.dr[7] >>> 16 + 4 * n) & 3;
    }

    private int length(int n) {
        return switch ((int) (c.dr[7] >>> 18 + 4 * n) & 3) {
            case 0 -> 1;
            case 1 -> 2;
            case 2 -> 8;
            default -> 4;
        };
    }

    // ---- around an instruction ----

    private long linearRip() {
        return c.code64 ? c.rip : c.base(CpuRegisters.CS) + c.rip & 0xffff_ffffL;
    }

    /**
     * Before an instruction in careful mode.
     *
     * @param shadow what covers it: 2 behind MOV SS
     * @return why to stop, or null
     * @throws GuestFault #DB at an instruction breakpoint, and for traps that wait
     */
    Exit before(int shadow) {
        covered = shadow == 2;
        if (pending != 0 && !covered) {
            take();
            throw atRip();
        }
        if (hostBreakpoints.length > 0 && !(told && toldRip == c.rip)) {
            long va = linearRip();
            for (long breakpoint : hostBreakpoints) {
                if (breakpoint == va) {
                    return stop();
                }
            }
        }
        told = false;
        boolean resumed = (c.systemFlags & CpuRegisters.RF) != 0;
        if (instructions && !resumed && !covered) {
            checkInstruction();
        }
        if (resumed) {
            // It has done its service; whoever faults from here on sets it in the pushed image.
            c.systemFlags &= ~CpuRegisters.RF;
            refresh();
        }
        stepTrap = (c.systemFlags & CpuRegisters.TF) != 0;
        return null;
    }

    private Exit stop() {
        told = true;
        toldRip = c.rip;
        return Exit.Signal.DEBUG_STOP;
    }

    private void checkInstruction() {
        long va = linearRip();
        long hits = 0;
        for (int n = 0; n < 4; n++) {
            if (enabled(n) && kind(n) == EXECUTE && address(n) == va) {
                hits |= 1L << n;
            }
        }
        if (hits != 0) {
            c.dr[6] = c.dr[6] & ~0xfL | hits;
            throw atRip();
        }
    }

    private long address(int n) {
        return c.longMode() ? c.dr[n] : c.dr[n] & 0xffff_ffffL;
    }

    private GuestFault atRip() {
        GuestFault f = c.raise(GuestFault.DB);
        f.atRip = true;
        return f;
    }

    /** Tells in DR6 what the traps that wait are; the exception itself is the caller's. */
    void take() {
        c.dr[6] = c.dr[6] & ~0xfL | pending;
        pending = 0;
        refresh();
    }

    /** Whether a trap waits. */
    boolean waits() {
        return pending != 0;
    }

    /** After an instruction in careful mode. Returns why to stop, or null. */
    Exit after() {
        boolean puttingOff = c.shadow == 2;
        if (stepTrap && !puttingOff) {
            pending |= DR6_BS;
        }
        stepTrap = false;
        Exit exit = null;
        if (pending != 0) {
            if (puttingOff) {
                refresh();
            } else {
                take();
                exit = c.events.exception(GuestFault.DB, -1);
            }
        }
        return exit == null && hostStep ? stop() : exit;
    }

    // ---- what happens meanwhile ----

    /** A handler has been entered: the instruction is not trapped by its TF. */
    void entered() {
        stepTrap = false;
        refresh();
    }

    /**
     * MOV SS or POP SS puts off interrupts and traps, but not if it is put off itself (SDM vol. 3A,
     * 6.8.3): a guest could keep everybody waiting for ever.
     */
    void stackLoaded() {
        if (!(c.stepping && covered)) {
            c.shadow = 2;
        }
    }

    /**
     * A repeated string instruction looks around before its end: what comes now pushes RF set, and
     * the breakpoint at the instruction is not met again (SDM vol. 3B, 18.3.1.1).
     */
    void betweenIterations() {
        c.systemFlags |= CpuRegisters.RF;
        refresh();
    }

    /** SYSCALL or SYSRET: whether the trap comes is for the new TF to say. */
    void flagsReplaced() {
        stepTrap = false;
        if ((c.systemFlags & CpuRegisters.TF) != 0) {
            // Also when it was not stepped itself, so that nobody looks behind it.
            pending |= DR6_BS;
        }
        refresh();
    }

    /**
     * An exception is about to be delivered: what the faulting instruction would have trapped is
     * dropped, and a debug handler may use the debug registers.
     *
     * @return whether RF belongs into the pushed flags of this debug exception
     */
    boolean excepted(int vector) {
        stepTrap = false;
        pending = 0;
        if (vector != GuestFault.DB) {
            return false;
        }
        c.dr[7] &= ~DR7_GD;
        boolean was = resume;
        resume = false;
        return was;
    }

    /** A data access while {@code Cpu.watching}; the processor's own to tables do not count. */
    void access(long va, int size, boolean write) {
        if (c.implicitly()) {
            return;
        }
        for (int n = 0; n < 4; n++) {
            if (enabled(n)) {
                int kind = kind(n);
                if (kind == ACCESS || kind == STORE && write) {
                    match(n, va, size);
                }
            }
        }
    }

    /** IN, OUT, INS or OUTS at a port. */
    void port(int port, int size) {
        if (!ports) {
            return;
        }
        for (int n = 0; n < 4; n++) {
            if (enabled(n) && kind(n) == PORT) {
                match(n, port, size);
            }
        }
    }

    private void match(int n, long va, int size) {
        int length = length(n);
        long first = address(n) & -length;
        // Overlap, also across the end of the address space.
        if (Long.compareUnsigned(va - first, length) < 0
                || Long.compareUnsigned(first - va, size) < 0) {
            pending |= 1L << n;
        }
    }

    /** A task switch clears the local breakpoints (SDM vol. 3B, 18.2.4). */
    void taskSwitched() {
        c.dr[7] &= ~DR7_LOCAL;
        refresh();
    }

    /** The new task's T bit asks for a trap before its first instruction. */
    void taskTrap() {
        pending |= DR6_BT;
        refresh();
    }

    // ---- registers ----

    /**
     * MOV from a debug register (SDM vol. 3B, 18.2).
     *
     * @throws GuestFault #UD for DR4 and DR5 with CR4.DE, #DB with DR7.GD
     */
    long read(int n) {
        return c.dr[accessed(n)];
    }

    /** MOV to a debug register: #GP(0) for bits 63:32 of DR6 and DR7. */
    void write(int n, long value) {
        int to = accessed(n);
        if (to >= 6 && value >>> 32 != 0) {
            throw c.gp(0);
        }
        c.dr[to] =
                switch (to) {
                    case 6 -> value & DR6_WRITABLE | DR6_FIXED;
                    case 7 -> value & DR7_WRITABLE | DR7_FIXED;
                    default -> value;
                };
        refresh();
    }

    private int accessed(int n) {
        if (n > 7 || (n == 4 || n == 5) && (c.cr4 & CpuSystem.CR4_DE) != 0) {
            throw c.ud();
        }
        if ((c.dr[7] & DR7_GD) != 0) {
            c.dr[6] |= DR6_BD;
            resume = true;
            throw c.raise(GuestFault.DB);
        }
        return n == 4 || n == 5 ? n + 2 : n;
    }

    // ---- the debugger ----

    /** Takes over a debugger's wishes. */
    void control(DebugControl control) {
        hostStep = control.singleStep();
        hostBreakpoints = control.breakpoints().stream().mapToLong(Long::longValue).toArray();
        refresh();
    }
}
