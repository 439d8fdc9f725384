package lodge.tests.lockstep;

import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.SegmentRegister;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes sequences of a few random instructions, and a state and memory in which they have something
 * to do. The n-th sequence of a seed depends on nothing but both numbers and the mode.
 *
 * <p>Not among them: what waits (HLT), what changes the tables' places or control and debug
 * registers to random values, time (RDTSC), the x87 and vectors, which the host's processor is
 * asked in user mode, and what the SDM reserves.
 */
final class Generator {
    /** An instruction of a sequence: where it begins, and its opcode without operands. */
    record Placed(int at, String key, long undefinedFlags, boolean repeated) {}

    private static final int CF = 1;
    private static final int PF = 4;
    private static final int AF = 0x10;
    private static final int ZF = 0x40;
    private static final int SF = 0x80;
    private static final int OF = 0x800;

    private static final String ONE_BYTE =
            "00-05 06 07 08-0D 0E 10-15 16 17 18-1D 1E 1F 20-25 27 28-2D 2F 30-35 37 38-3D 3F 40-61"
                    + " 62 63 68-8F 90-99 9A 9C-9F A0-C3 C4 C5 C6/0 C7/0 C8-CF D0-D5 D7 E0-EF"
                    + " F5 F6/0 F6/2-7 F7/0 F7/2-7 F8-FD FE/0-1 FF/0-6";
    private static final String TWO_BYTES =
            "00/0-5 01/4 02 03 06 0B 1F/0 20 21 40-4F 80-8F 90-9F A0-A5 A8 A9 AB-AD AF B0-B7"
                    + " BA/4-7 BB-C1 C7/1 C8-CF";

    private final Mode mode;
    private final long seed;
    private final List<int[]> choices = new ArrayList<>();
    private final byte[] memory = new byte[SteppedCpu.MEMORY];
    private final List<Placed> placed = new ArrayList<>();
    private SplittableRandom random = new SplittableRandom(0);
    private int at;
    private boolean operand32;
    private boolean address32;

    Generator(Mode mode, long seed) {
        this.mode = mode;
        this.seed = seed;
        parse(0, ONE_BYTE);
        parse(1, TWO_BYTES);
    }

    private void parse(int map, String list) {
        for (String word : list.split(" ", -1)) {
            String[] parts = word.split("/", -1);
            String[] opcodes = parts[0].split("-", -1);
            int first = Integer.parseInt(opcodes[0], 16);
            int last = Integer.parseInt(opcodes[opcodes.length - 1], 16);
            String[] digits = parts.length == 1 ? new String[] {"-1"} : parts[1].split("-", -1);
            if (parts.length == 1) {
                digits = new String[] {"-1", "-1"};
            }
            int from = Integer.parseInt(digits[0]);
            int to = Integer.parseInt(digits[digits.length - 1]);
            for (int opcode = first; opcode <= last; opcode++) {
                for (int reg = from; reg <= to; reg++) {
                    choices.add(new int[] {map, opcode, reg});
                }
            }
        }
    }

    byte[] memory() {
        return memory;
    }

    List<Placed> sequence() {
        return placed;
    }

    /** Makes a sequence; {@link #memory} and {@link #sequence} are its until the next. */
    CpuState make(long index, CpuState reset) {
        random = new SplittableRandom(seed + index * 0x9e37_79b9_7f4a_7c15L);
        java.util.Arrays.fill(memory, (byte) 0);
        for (int i = Mode.DATA; i < Mode.STACK_END; i += 4) {
            Mode.put(memory, i, 4, value());
        }
        mode.fill(memory);
        at = Mode.CODE;
        placed.clear();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            instruction();
        }
        // What KVM executes together with an access of the last one outside memory.
        placed.add(new Placed(at, "90", 0, false));
        java.util.Arrays.fill(memory, at, at + 16, (byte) 0x90);
        long[] r = new long[8];
        for (int i = 0; i < 8; i++) {
            r[i] = value();
        }
        if (random.nextBoolean() || placed.stream().anyMatch(Placed::repeated)) {
            r[1] = random.nextInt(8);
        }
        r[4] =
                random.nextInt(24) == 0
                        ? random.nextInt(8)
                        : Mode.STACK + random.nextInt(Mode.STACK_END - Mode.STACK);
        // Flags that can be anything; DF once in four times, IF and IOPL seldom.
        long flags = 2 | random.nextLong() & (CF | PF | AF | ZF | SF | OF);
        flags |= random.nextInt(4) == 0 ? 0x400 : 0;
        flags |= random.nextInt(8) == 0 ? 0x200 : 0;
        flags |= random.nextInt(8) == 0 ? 0x3000 : 0;
        GeneralRegisters general =
                new GeneralRegisters(
                        r[0], r[3], r[1], r[2], r[6], r[7], r[5], r[4], 0, 0, 0, 0, 0, 0, 0, 0,
                        Mode.CODE, flags);
        return mode.enter(reset, general, segment(), segment(), segment(), segment());
    }

    private SegmentRegister segment() {
        if (mode.real()) {
            return mode.segment(random.nextInt(3) == 0 ? random.nextInt(0x1000) : 0);
        }
        int[] others = {0x10, 0x20, 0x28, 0x30, 0x40, 0x50};
        return mode.segment(
                random.nextInt(3) == 0
                        ? others[random.nextInt(others.length)]
                        : mode.dataSelector());
    }

    /** Mostly an address in the data, else a number at an edge, or a selector. */
    private long value() {
        return switch (random.nextInt(8)) {
            case 0 -> 1L << random.nextInt(32);
            case 1 -> -1L >>> 32 + random.nextInt(32);
            case 2 -> random.nextInt() & 0xffff_ffffL;
            case 3 -> random.nextInt(0x100);
            case 4 -> selector();
            default -> Mode.DATA + random.nextInt(Mode.STACK - Mode.DATA);
        };
    }

    private int selector() {
        return mode.real()
                ? random.nextInt(0x800)
                : random.nextInt(Mode.selectors() + 1) << 3 | random.nextInt(8) * random.nextInt(2);
    }

    private void add(int size, long value) {
        Mode.put(memory, at, size, value);
        at += size;
    }

    private void instruction() {
        int start = at;
        int[] choice = choices.get(random.nextInt(choices.size()));
        int opcode = choice[1];
        boolean one = choice[0] == 0;
        operand32 = mode.wide();
        address32 = mode.wide();
        if (random.nextInt(4) == 0) {
            operand32 = !operand32;
            add(1, 0x66);
        }
        if (random.nextInt(5) == 0) {
            address32 = !address32;
            add(1, 0x67);
        }
        if (random.nextInt(6) == 0) {
            int[] prefixes = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};
            add(1, prefixes[random.nextInt(6)]);
        }
        boolean string =
                one && (opcode >= 0xa4 && opcode <= 0xaf && (opcode & ~1) != 0xa8)
                        || one && opcode >= 0x6c && opcode <= 0x6f;
        boolean repeated = string && random.nextBoolean();
        if (repeated) {
            boolean compares = one && ((opcode & ~1) == 0xa6 || (opcode & ~1) == 0xae);
            add(1, compares && random.nextBoolean() ? 0xf2 : 0xf3);
        } else if (random.nextInt(40) == 0) {
            add(1, 0xf0);
        }
        if (!one) {
            add(1, 0x0f);
        }
        add(1, opcode);
        int reg = choice[2] >= 0 ? choice[2] : random.nextInt(8);
        String key = "%s%02X".formatted(one ? "" : "0F", opcode);
        if (one) {
            operandsOfOneByte(opcode, reg);
        } else {
            operandsOfTwoBytes(opcode, reg);
        }
        if (choice[2] >= 0 || one && isGroup(opcode)) {
            key += "/" + reg;
        }
        placed.add(new Placed(start, key, undefined(one, opcode, reg), repeated));
    }

    private static boolean isGroup(int opcode) {
        return opcode >= 0x80 && opcode <= 0x83
                || opcode == 0xc0
                || opcode == 0xc1
                || opcode >= 0xd0 && opcode <= 0xd3;
    }

    private void immediate() {
        add(operand32 ? 4 : 2, value());
    }

    private void operandsOfOneByte(int opcode, int reg) {
        switch (opcode) {
            case 0x04,
                    0x0c,
                    0x14,
                    0x1c,
                    0x24,
                    0x2c,
                    0x34,
                    0x3c,
                    0x6a,
                    0xa8,
                    0xcd,
                    0xd4,
                    0xd5,
                    0xe4,
                    0xe5,
                    0xe6,
                    0xe7 ->
                    add(1, random.nextInt(256));
            case 0x05, 0x0d, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x68, 0xa9 -> immediate();
            case 0x69, 0x81, 0xc7 -> {
                modrm(reg, 2);
                immediate();
            }
            case 0x6b, 0x80, 0x82, 0x83, 0xc0, 0xc1, 0xc6 -> {
                modrm(reg, 2);
                add(1, random.nextInt(256));
            }
            case 0x62, 0x8d, 0xc4, 0xc5 -> modrm(reg, opcode == 0x8d ? 1 : 0);
            case 0x8c, 0x8e -> modrm(random.nextInt(opcode == 0x8c ? 6 : 7), 2);
            case 0x8f -> modrm(0, 2);
            case 0x9a, 0xea -> {
                add(operand32 ? 4 : 2, Mode.CODE + random.nextInt(0x100));
                add(2, mode.real() ? random.nextInt(4) : selector());
            }
            case 0xa0, 0xa1, 0xa2, 0xa3 -> add(address32 ? 4 : 2, value());
            case 0xc2, 0xca -> add(2, random.nextInt(0x40));
            case 0xc8 -> {
                add(2, random.nextInt(0x100));
                add(1, random.nextInt(4));
            }
            case 0xe8, 0xe9 -> add(operand32 ? 4 : 2, random.nextInt(32));
            case 0xeb, 0xe0, 0xe1, 0xe2, 0xe3 -> add(1, random.nextInt(64) - 24);
            case 0xf6, 0xf7 -> {
                modrm(reg, 2);
                if (reg < 2) {
                    add(opcode == 0xf6 ? 1 : operand32 ? 4 : 2, value());
                }
            }
            case 0xff -> modrm(reg, reg == 3 || reg == 5 ? 0 : 2);
            default -> {
                if (opcode >= 0x70 && opcode <= 0x7f) {
                    add(1, random.nextInt(64) - 24);
                } else if (opcode >= 0xb0 && opcode <= 0xb7) {
                    add(1, random.nextInt(256));
                } else if (opcode >= 0xb8 && opcode <= 0xbf) {
                    immediate();
                } else if (opcode < 0x40 && (opcode & 7) < 4
                        || opcode == 0x63
                        || opcode >= 0x84 && opcode <= 0x8b
                        || opcode >= 0xd0 && opcode <= 0xd3
                        || opcode >= 0xfe) {
                    modrm(reg, 2);
                }
            }
        }
    }

    private void operandsOfTwoBytes(int opcode, int reg) {
        if (opcode == 0x20) {
            int[] numbers = {0, 2, 3, 4};
            add(1, 0xc0 | numbers[random.nextInt(4)] << 3 | random.nextInt(8));
        } else if (opcode == 0x21) {
            int[] numbers = {0, 1, 2, 3, 6, 7};
            add(1, 0xc0 | numbers[random.nextInt(6)] << 3 | random.nextInt(8));
        } else if ((opcode & 0xf0) == 0x80) {
            add(operand32 ? 4 : 2, random.nextInt(32));
        } else if (opcode == 0xb2 || opcode == 0xb4 || opcode == 0xb5 || opcode == 0xc7) {
            modrm(reg, 0);
        } else if (opcode == 0xa4 || opcode == 0xac || opcode == 0xba) {
            modrm(reg, 2);
            add(1, random.nextInt(256));
        } else if (opcode <= 0x03
                || opcode == 0x1f
                || opcode >= 0x40 && opcode <= 0x4f
                || opcode >= 0x90 && opcode <= 0x9f
                || opcode == 0xa3
                || opcode == 0xa5
                || opcode >= 0xab && opcode <= 0xc1) {
            modrm(reg, 2);
        }
    }

    /** Writes ModRM and what belongs to it: 0 memory, 1 mostly memory, 2 either. */
    private void modrm(int reg, int kind) {
        int mod = random.nextInt(3);
        if (kind == 2 && random.nextInt(3) == 0 || kind == 1 && random.nextInt(40) == 0) {
            mod = 3;
        }
        int rm = random.nextInt(8);
        add(1, mod << 6 | reg << 3 | rm);
        if (mod == 3) {
            return;
        }
        int sib = -1;
        if (address32 && rm == 4) {
            sib = random.nextInt(256);
            add(1, sib);
        }
        if (mod == 1) {
            add(1, random.nextInt(256));
        } else if (mod == 2) {
            add(address32 ? 4 : 2, displacement());
        } else if (address32 ? rm == 5 || sib >= 0 && (sib & 7) == 5 : rm == 6) {
            add(address32 ? 4 : 2, Mode.DATA + random.nextInt(Mode.STACK - Mode.DATA));
        }
    }

    private int displacement() {
        return random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(0x2000) - 0x1000;
    }

    /** The flags that the SDM leaves undefined (vol. 2, and vol. 1, appendix A). */
    private static long undefined(boolean one, int opcode, int reg) {
        if (one) {
            return switch (opcode) {
                case 0x27, 0x2f -> OF;
                case 0x37, 0x3f -> OF | SF | ZF | PF;
                case 0xd4, 0xd5 -> OF | AF | CF;
                case 0x69, 0x6b -> SF | ZF | AF | PF;
                case 0xc0, 0xc1, 0xd2, 0xd3 -> reg < 4 ? OF : OF | AF | CF;
                case 0xd0, 0xd1 -> reg < 4 ? 0 : AF;
                case 0xf6, 0xf7 ->
                        reg < 2
                                ? AF
                                : reg == 4 || reg == 5
                                        ? SF | ZF | AF | PF
                                        : reg >= 6 ? OF | SF | ZF | AF | PF | CF : 0;
                case 0x80, 0x81, 0x82, 0x83 -> reg == 1 || reg == 4 || reg == 6 ? AF : 0;
                case 0x84, 0x85, 0xa8, 0xa9 -> AF;
                default -> opcode < 0x40 && isLogic(opcode >>> 3) && (opcode & 7) < 6 ? AF : 0;
            };
        }
        return switch (opcode) {
            case 0xa3, 0xab, 0xb3, 0xbb, 0xba -> OF | SF | AF | PF;
            case 0xa4, 0xa5, 0xac, 0xad -> OF | AF | CF;
            case 0xaf -> SF | ZF | AF | PF;
            case 0xbc, 0xbd -> OF | SF | AF | PF | CF;
            default -> 0;
        };
    }

    private static boolean isLogic(int operation) {
        return operation == 1 || operation == 4 || operation == 6;
    }
}
