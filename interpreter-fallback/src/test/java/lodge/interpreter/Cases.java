package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tables of instructions with the state before and after. A line is {@code bytes | before | after},
 * all in hexadecimal; {@code #} begins a comment. States name what differs: before, from all zero
 * but RSP, which is {@link Bench#STACK}; after, from what was before and the RIP of the next
 * instruction. So everything that is not named must stay.
 *
 * <p>Names: {@code rax} to {@code r15}, {@code rip}, {@code f} (letters of OSZAPC, or - for none),
 * {@code d} (DF), {@code m0 m8 m10 m18} (8 bytes at {@link Bench#DATA}), {@code s0 s8} (8 bytes at
 * {@link Bench#STACK}), {@code t8 t10 t18 t20} (8 bytes so far below it), and after {@code v} (the
 * vector of an exception).
 */
final class Cases {
    private static final String FLAGS = "OSZAPC";
    private static final int[] FLAG_BITS = {
        CpuRegisters.OF,
        CpuRegisters.SF,
        CpuRegisters.ZF,
        CpuRegisters.AF,
        CpuRegisters.PF,
        CpuRegisters.CF
    };
    private static final String[] REGISTERS = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15"
    };
    private static final String[] MEMORY = {
        "m0", "m8", "m10", "m18", "s0", "s8", "t8", "t10", "t18", "t20", "t28"
    };

    private Cases() {}

    /** Checks every line of a table, each with the machine as it was made; tells all that fail. */
    static void check(Bench bench, String table) {
        StringBuilder wrong = new StringBuilder();
        int lines = 0;
        for (String line : table.split("\n", -1)) {
            int comment = line.indexOf('#');
            String content = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!content.isEmpty()) {
                one(bench, content, wrong);
                lines++;
            }
        }
        assertEquals("", wrong.toString());
        assertNotEquals(0, lines, "a table without lines");
    }

    /**
     * Executes an instruction by its unit alone, so that an exception is told, not delivered.
     *
     * @return the vector, or -1
     */
    static int execute(Cpu c, byte[] bytes) {
        RawMemory.putLong(c.s + CpuRegisters.RIP_BASE, Bench.CODE);
        try {
            Insn i = c.decoder.decode(source(c, bytes), c.mode);
            c.rip = c.nextRip(i);
            i.unit.exec(c, i);
            return -1;
        } catch (GuestFault f) {
            c.explicit();
            return f.vector;
        }
    }

    private static Decoder.Source source(Cpu c, byte[] bytes) {
        return new Decoder.Source() {
            @Override
            public int fetch(int at) {
                return bytes[at] & 0xff;
            }

            @Override
            public RuntimeException tooLong() {
                return c.gp(0);
            }
        };
    }

    private static void one(Bench bench, String line, StringBuilder wrong) {
        String[] parts = line.split("\\|", -1);
        byte[] bytes = HexFormat.of().parseHex(parts[0].replaceAll("\\s", ""));
        Map<String, String> before = new LinkedHashMap<>();
        for (String name : REGISTERS) {
            before.put(name, "0");
        }
        for (String name : MEMORY) {
            before.put(name, "0");
        }
        before.put("rsp", Integer.toHexString(Bench.STACK));
        before.put("d", "0");
        before.put("f", "-");
        read(parts[1], before);
        set(bench, before);
        Map<String, String> after = new LinkedHashMap<>(before);
        after.put("v", "none");
        read(parts[2], after);
        int vector = execute(bench.cpu, bytes);
        if (after.get("v").equals("none")) {
            after.putIfAbsent("rip", Integer.toHexString(Bench.CODE + bytes.length));
        }
        actual(bench, after, vector)
                .forEach(
                        (name, value) -> {
                            if (!value.equals(after.get(name))) {
                                wrong.append("%s: %s is %s%n".formatted(line, name, value));
                            }
                        });
    }

    private static void read(String items, Map<String, String> into) {
        for (String item : items.strip().split("\\s+", -1)) {
            if (!item.isEmpty()) {
                int equals = item.indexOf('=');
                String name = item.substring(0, equals);
                String value = item.substring(equals + 1);
                boolean text = name.equals("f") || value.equals("none");
                into.put(name, text ? value : hex(Long.parseUnsignedLong(value, 16)));
            }
        }
    }

    private static String hex(long v) {
        return Long.toHexString(v);
    }

    private static int register(String name) {
        for (int n = 0; n < REGISTERS.length; n++) {
            if (REGISTERS[n].equals(name)) {
                return 8 * n;
            }
        }
        return -1;
    }

    private static long address(String name) {
        int offset = Integer.parseInt(name.substring(1), 16);
        return switch (name.charAt(0)) {
            case 'm' -> Bench.DATA + offset;
            case 's' -> Bench.STACK + offset;
            default -> Bench.STACK - offset;
        };
    }

    private static void set(Bench bench, Map<String, String> state) {
        Cpu c = bench.cpu;
        state.forEach(
                (name, value) -> {
                    int register = register(name);
                    if (name.equals("f")) {
                        int flags = 0;
                        for (int n = 0; n < FLAGS.length(); n++) {
                            flags |= value.indexOf(FLAGS.charAt(n)) >= 0 ? FLAG_BITS[n] : 0;
                        }
                        c.setArithmetic(flags);
                    } else if (name.equals("d")) {
                        c.systemFlags = c.systemFlags & ~CpuRegisters.DF;
                        c.systemFlags |= value.equals("1") ? CpuRegisters.DF : 0;
                    } else if (register >= 0) {
                        c.setReg64(register, Long.parseUnsignedLong(value, 16));
                    } else {
                        bench.memory.writeLong(address(name), Long.parseUnsignedLong(value, 16));
                    }
                });
    }

    private static Map<String, String> actual(Bench bench, Map<String, String> names, int vector) {
        Cpu c = bench.cpu;
        Map<String, String> state = new LinkedHashMap<>();
        for (String name : names.keySet()) {
            int register = register(name);
            String value;
            if (name.equals("f")) {
                StringBuilder letters = new StringBuilder();
                for (int n = 0; n < FLAGS.length(); n++) {
                    if ((c.arithmetic() & FLAG_BITS[n]) != 0) {
                        letters.append(FLAGS.charAt(n));
                    }
                }
                value = letters.isEmpty() ? "-" : letters.toString();
            } else if (name.equals("d")) {
                value = (c.systemFlags & CpuRegisters.DF) != 0 ? "1" : "0";
            } else if (name.equals("v")) {
                value = vector < 0 ? "none" : Integer.toHexString(vector);
            } else if (name.equals("rip")) {
                value = Long.toHexString(c.rip);
            } else if (register >= 0) {
                value = Long.toHexString(c.reg64(register));
            } else {
                value = Long.toHexString(bench.memory.readLong(address(name)));
            }
            state.put(name, value);
        }
        return state;
    }
}
