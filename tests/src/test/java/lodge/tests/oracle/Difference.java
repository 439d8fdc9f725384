package lodge.tests.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One record on which the two processors disagree, as text. */
final class Difference {
    private static final String[] NAMES = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
    };

    private final String where;
    private final byte[] code;
    private final List<String> lines = new ArrayList<>();

    /**
     * Describes a difference.
     *
     * @param what the bits of {@link Comparison}
     */
    Difference(
            long seed, long index, int what, StateBefore before, StateAfter host, StateAfter ours) {
        where = "seed " + seed + ", index " + index;
        code = new byte[before.length()];
        for (int i = 0; i < code.length; i++) {
            code[i] = (byte) before.code(i);
        }
        if ((what & (Comparison.OUTCOME | Comparison.RIP)) != 0) {
            line("outcome", "rip " + hex(before.rip()), outcome(host), outcome(ours));
        }
        for (int i = 0; i < 16; i++) {
            if (host.gpr(i) != ours.gpr(i)) {
                line(NAMES[i], hex(before.gpr(i)), hex(host.gpr(i)), hex(ours.gpr(i)));
            }
        }
        if ((what & Comparison.FLAGS) != 0) {
            line("rflags", flags(before.rflags()), flags(host.rflags()), flags(ours.rflags()));
        }
        if ((what & Comparison.MEMORY) != 0) {
            lines.add("memory: host " + memory(host) + "; ours " + memory(ours));
        }
        if ((what & Comparison.MXCSR) != 0) {
            line("mxcsr", hex(before.mxcsr()), hex(host.mxcsr()), hex(ours.mxcsr()));
        }
        for (int i = 0; i < 16; i++) {
            vector(i, before, host, ours);
        }
        if ((what & Comparison.X87) != 0) {
            x87(before, host, ours);
        }
        inputs(before);
    }

    private void line(String what, String before, String host, String ours) {
        lines.add(what + ": before " + before + " | host " + host + " | ours " + ours);
    }

    private static String hex(long value) {
        return Long.toHexString(value);
    }

    private static String outcome(StateAfter after) {
        String text =
                switch (after.kind()) {
                    case StateAfter.COMPLETED, StateAfter.TRANSFERRED -> "completed";
                    case StateAfter.EXCEPTION ->
                            "exception "
                                    + after.vector()
                                    + " error "
                                    + hex(after.error())
                                    + " cr2 "
                                    + hex(after.address());
                    case StateAfter.TIMEOUT -> "did not end";
                    default -> "kind " + after.kind();
                };
        return text + " rip " + hex(after.rip());
    }

    private static String flags(long value) {
        StringBuilder text = new StringBuilder(hex(value)).append('[');
        String names = "C.P.A.ZSTIDO";
        for (int i = 0; i < names.length(); i++) {
            if ((value >> i & 1) != 0 && names.charAt(i) != '.') {
                text.append(names.charAt(i));
            }
        }
        return text.append(']').toString();
    }

    private static String memory(StateAfter after) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(after.listed(), 6); i++) {
            text.append(i == 0 ? "" : ", ")
                    .append(hex(after.changeAddress(i)))
                    .append('=')
                    .append(hex(after.changeValue(i)));
        }
        return after.changes() == 0 ? "unchanged" : after.changes() + " words: " + text;
    }

    private void vector(int register, StateBefore before, StateAfter host, StateAfter ours) {
        String a =
                vector(
                        host.getLong(xmm(register, 0)),
                        host.getLong(xmm(register, 1)),
                        host.getLong(xmm(register, 2)),
                        host.getLong(xmm(register, 3)));
        String b =
                vector(
                        ours.getLong(xmm(register, 0)),
                        ours.getLong(xmm(register, 1)),
                        ours.getLong(xmm(register, 2)),
                        ours.getLong(xmm(register, 3)));
        if (!a.equals(b)) {
            line("ymm" + register, vector(before, register), a, b);
        }
    }

    private static String vector(StateBefore before, int register) {
        return vector(
                before.getLong(xmm(register, 0)),
                before.getLong(xmm(register, 1)),
                before.getLong(xmm(register, 2)),
                before.getLong(xmm(register, 3)));
    }

    private static String vector(long a, long b, long c, long d) {
        return String.format(Locale.ROOT, "%016x_%016x:%016x_%016x", d, c, b, a);
    }

    private static long xmm(int register, int word) {
        return register * 16L
                + (word < 2
                        ? OracleLayout.XMM + word * 8L
                        : OracleLayout.YMM_HIGH + (word - 2) * 8L);
    }

    private void x87(StateBefore before, StateAfter host, StateAfter ours) {
        line(
                "fsw_fcw tags",
                hex(before.getInt(0) & 0xffff_ffffL) + " " + hex(before.getInt(4) & 0xff),
                hex(host.getInt(0) & 0xffff_ffffL) + " " + hex(host.getInt(4) & 0xff),
                hex(ours.getInt(0) & 0xffff_ffffL) + " " + hex(ours.getInt(4) & 0xff));
        for (int i = 0; i < 8; i++) {
            long at = 32 + i * 16L;
            String a = hex(host.getLong(at + 8)) + ":" + hex(host.getLong(at));
            String b = hex(ours.getLong(at + 8)) + ":" + hex(ours.getLong(at));
            String old = hex(before.getLong(at + 8)) + ":" + hex(before.getLong(at));
            if (!a.equals(b)) {
                line("st" + i, old, a, b);
            } else if (i < 2) {
                lines.add("st" + i + " before " + old);
            }
        }
    }

    /** Registers that the encoding may name, for whoever reads the text. */
    private void inputs(StateBefore before) {
        Encoding e = new Encoding();
        e.parse(before);
        int reg = e.reg() | (e.rex & 4) << 1;
        int rm = e.modrm & 7 | (e.rex & 1) << 3;
        StringBuilder text = new StringBuilder("inputs:");
        text.append(" rflags ").append(flags(before.rflags()));
        text.append(" rcx ").append(hex(before.gpr(1)));
        for (int register : new int[] {0, 2, reg, rm}) {
            text.append(' ').append(NAMES[register]).append(' ').append(hex(before.gpr(register)));
        }
        lines.add(text.toString());
        if (e.map > 0) {
            lines.add(
                    "inputs: mxcsr "
                            + hex(before.mxcsr())
                            + " ymm"
                            + reg
                            + " "
                            + vector(before, reg)
                            + " ymm"
                            + rm
                            + " "
                            + vector(before, rm)
                            + (e.vex == 0 ? "" : " ymm" + e.vvvv + " " + vector(before, e.vvvv)));
        }
        if (!e.registerForm()) {
            StringBuilder window = new StringBuilder("inputs: memory from ");
            window.append(hex(OracleLayout.DATA + before.windowOffset())).append(':');
            for (int i = 0; i < OracleLayout.WINDOW_SIZE; i += 8) {
                window.append(' ').append(hex(before.getLong(OracleLayout.WINDOW + (long) i)));
            }
            lines.add(window.toString());
        }
    }

    byte[] code() {
        return code.clone();
    }

    String where() {
        return where;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
