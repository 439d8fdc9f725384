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
}
