package lodge.interpreter;

import lodge.core.backend.Exit;

/**
 * Debug exceptions (SDM vol. 3B, chapter 18) and the debugger's wishes: single-step, instruction,
 * data and I/O breakpoints.
 */
final class Debug {
    /** Bits of DR6 that read as 1, and DR7's. */
    static final long DR6_FIXED = 0xffff_0ff0L;

    static final long DR7_FIXED = 0x400;

    private final Cpu c;

    Debug(Cpu c) {
        this.c = c;
    }

    /** Derives {@code Cpu.careful} and {@code Cpu.watching}; after changes of RF, TF, DR7. */
    void refresh() {
        c.careful = (c.systemFlags & CpuRegisters.TF) != 0;
    }

    /** Before an instruction in careful mode. Returns why to stop, or null. */
    Exit before(int shadow) {
        return null;
    }

    /** The instruction that is about to be executed; for tracing. */
    void executing(Node n) {}

    /** After an instruction in careful mode. Returns why to stop, or null. */
    Exit after() {
        return null;
    }

    /** A handler has been entered: what was to be trapped is not. */
    void entered() {
        refresh();
    }

    /** SYSCALL or SYSRET: whether the trap comes is for the new TF to say. */
    void flagsReplaced() {
        refresh();
    }

    /** Whether the debug exception on its way is a fault that RF belongs to. */
    boolean takeResume() {
        return false;
    }

    /** A data access while {@code Cpu.watching}. */
    void access(long va, int size, boolean write) {}

    /** MOV from a debug register (SDM vol. 3B, 18.2): #UD for DR4 and DR5 with CR4.DE, GD. */
    long read(int n) {
        return c.dr[alias(n)];
    }

    /** MOV to a debug register. */
    void write(int n, long value) {
        c.dr[alias(n)] = value;
        refresh();
    }

    private int alias(int n) {
        if (n > 7 || (n == 4 || n == 5) && (c.cr4 & CpuSystem.CR4_DE) != 0) {
            throw c.ud();
        }
        return n == 4 || n == 5 ? n + 2 : n;
    }

    /** Takes over a debugger's wishes. */
    void control(lodge.core.backend.DebugControl control) {
        refresh();
    }
}
