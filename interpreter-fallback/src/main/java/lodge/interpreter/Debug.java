package lodge.interpreter;

import lodge.core.backend.Exit;

/**
 * Debug exceptions (SDM vol. 3B, chapter 18) and the debugger's wishes: single-step, instruction,
 * data and I/O breakpoints.
 */
final class Debug {
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

    /** A data access while {@code Cpu.watching}. */
    void access(long va, int size, boolean write) {}
}
