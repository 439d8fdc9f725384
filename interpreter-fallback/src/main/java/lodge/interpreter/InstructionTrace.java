package lodge.interpreter;

import lodge.core.backend.TraceWindow;

import java.util.function.Consumer;

/**
 * Writes down what a processor does, in the form of docs/trace.md. Exists only while something is
 * traced, and may allocate.
 */
final class InstructionTrace {
    private static final int LONGEST = 15;

    private final Cpu c;
    private final TraceWindow window;
    private final Consumer<String> lines;
    private final Decoder decoder;
    private final Bytes bytes = new Bytes();
    private long skipped;
    private long written;
    private int events;

    /** What is being delivered, until the next instruction; -1 for nothing. */
    private int delivering = -1;

    /** Whether the window has begun. */
    private boolean open;

    InstructionTrace(Cpu c, TraceWindow window, Consumer<String> lines) {
        this.c = c;
        this.window = window;
        this.lines = lines;
        decoder = new Decoder(c.system.model().features());
    }

    /** What the processor sees at RIP; it has just decoded the same. */
    private final class Bytes implements Decoder.Source {
        private final byte[] code = new byte[LONGEST + 1];
        private long va;

        @Override
        public int fetch(int at) {
            int b = c.fetchByte(c.code64 ? va + at : va + at & 0xffff_ffffL);
            code[at] = (byte) b;
            return b;
        }

        @Override
        public RuntimeException tooLong() {
            return c.gp(0);
        }
    }

    private long linearRip() {
        return c.code64 ? c.rip : c.base(CpuRegisters.CS) + c.rip & 0xffff_ffffL;
    }

    /** The instruction at RIP is about to be executed. */
    void instruction() {
        delivering = -1;
        long va = linearRip();
        if (!open) {
            if (skipped < window.skip()) {
                skipped++;
                return;
            }
            if (window.from().isPresent() && window.from().getAsLong() != va) {
                return;
            }
            open = true;
        }
        bytes.va = va;
        Insn i = decoder.decode(bytes, c.mode);
        StringBuilder hex = new StringBuilder();
        for (int n = 0; n < i.length; n++) {
            hex.append("%02x ".formatted(bytes.code[n]));
        }
        write(
                "%s:  %-24s %s"
                        .formatted(
                                address(va), hex, Disassembler.text(i, bytes.code, c.mode, c.rip)));
    }

    private String address(long va) {
        return (c.longMode() ? "0x%016x" : "0x%08x").formatted(va);
    }

    /**
     * An exception or interrupt is about to be delivered.
     *
     * @param errorCode -1 when there is none
     * @param software whether an instruction asks for it
     */
    void event(int vector, int errorCode, boolean software) {
        if (!open) {
            return;
        }
        boolean exception = vector < 32 && !software;
        if (exception) {
            write("check_exception old: 0x%x new 0x%x".formatted(delivering, vector));
        } else if (!software) {
            write("Servicing hardware INT=0x%02x".formatted(vector));
        }
        delivering = vector;
        String last =
                vector == GuestFault.PF
                        ? "CR2=%016x".formatted(c.cr2)
                        : "env->regs[R_EAX]=%016x".formatted(c.reg64(CpuRegisters.RAX));
        write(
                "%6d: v=%02x e=%04x i=%d cpl=%d IP=%04x:%016x pc=%016x SP=%04x:%016x %s"
                        .formatted(
                                events++,
                                vector,
                                Math.max(errorCode, 0),
                                software ? 1 : 0,
                                c.cpl,
                                c.selector[CpuRegisters.CS],
                                c.rip,
                                linearRip(),
                                c.selector[CpuRegisters.SS],
                                c.reg64(CpuRegisters.RSP),
                                last));
    }

    /** A port has been read, or is about to be written. */
    void port(boolean out, int port, int size, int value) {
        if (open) {
            write(
                    "cpu_%s addr 0x%x(%c) value %s"
                            .formatted(
                                    out ? "out" : "in",
                                    port,
                                    size == 1 ? 'b' : size == 2 ? 'w' : 'l',
                                    Integer.toUnsignedString(value)));
        }
    }

    private void write(String line) {
        if (written < window.lines()) {
            lines.accept(line);
            written++;
        }
        if (written == window.lines()) {
            c.trace(null);
        }
    }
}
