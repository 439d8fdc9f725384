package lodge.tests.oracle;

import static lodge.tests.oracle.OracleLayout.DATA;
import static lodge.tests.oracle.OracleLayout.DATA_SIZE;
import static lodge.tests.oracle.OracleLayout.PAGE;
import static lodge.tests.oracle.OracleLayout.READ_ONLY;
import static lodge.tests.oracle.OracleLayout.STACK;
import static lodge.tests.oracle.OracleLayout.WINDOW_SIZE;

import java.util.List;

/**
 * Makes records: an instruction of some form and a state in which it has something to do. The n-th
 * record of a seed depends on nothing but both numbers and the list of forms.
 */
final class InstructionGenerator {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long TF = 0x100;

    /** Of these the interpreter has specialised and fused nodes. */
    private static final String BLOCKS = "(integer.table";

    private final long seed;
    private final List<Form> forms;

    /** Forms that follow one another in one record. */
    private final List<Form> blocks;

    private final int randomOneIn;
    private final SplitMix random = new SplitMix(0);
    private final FloatingPointStates floatingPoint;
    private final Encoding encoding = new Encoding();
    private final Assembler code = new Assembler();

    private StateBefore state = new StateBefore();
    private long slot;
    private int style;

    /** The memory operand of the record being made, and how many bytes it may have; or -1. */
    private long target;

    /**
     * Makes a generator.
     *
     * @param seed for records that can be made again
     * @param forms of which every record takes one; may be empty
     * @param randomOneIn every how many-th record, on average, is of any bytes instead; 1 for all
     */
    InstructionGenerator(long seed, List<Form> forms, int randomOneIn) {
        this.seed = seed;
        this.forms = List.copyOf(forms);
        blocks =
                forms.stream()
                        .filter(f -> f.name().contains(BLOCKS))
                        .filter(f -> !f.transfers() || f.name().matches("J[A-Z]+ J[bz] .*"))
                        .filter(f -> !f.name().matches("(JMP|JRCXZ|POPF|ENTER|XLAT).*"))
                        .toList();
        this.randomOneIn = forms.isEmpty() ? 1 : randomOneIn;
        floatingPoint = new FloatingPointStates(seed);
    }

    long seed() {
        return seed;
    }

    /** Returns what the encoding of the last record is. */
    Encoding encoding() {
        return encoding;
    }

    /**
     * Makes a record.
     *
     * @return the form that it is an instruction of, or null when the bytes are random
     */
    Form make(long index, StateBefore to) {
        state = to;
        random.seed(seed, index);
        while (true) {
            Form form = random.oneIn(randomOneIn) ? null : forms.get(random.below(forms.size()));
            make(form);
            encoding.parse(state);
            if (Exclusions.reason(encoding) == null && !(form == null && loopsForever())) {
                return form;
            }
        }
    }

    /** With TF nothing loops; without it only instructions of known length are sent. */
    private boolean loopsForever() {
        return (state.rflags() & TF) == 0;
    }

    private void make(Form form) {
        floatingPoint.copy(random, state);
        style = random.below(FloatingPointStates.STYLES);
        fillWindow();
        for (int i = 0; i < 16; i++) {
            state.gpr(i, EdgeValues.integer(random));
        }
        boolean run = false;
        stackPointers();
        slot = OracleLayout.slot(random.oneIn(3) ? random.below(OracleLayout.slots()) : 0);
        long flags = 0x202 | random.next() & 0x8d5;
        if (random.oneIn(4)) {
            flags |= 0x400; // DF
        }
        if (random.oneIn(64)) {
            flags |= 1L << (random.oneIn(2) ? 18 : random.oneIn(2) ? 21 : 14); // AC, ID, NT
        }
        code.start();
        target = -1;
        boolean trap;
        if (form == null) {
            if (random.oneIn(4)) {
                while (code.length() < OracleLayout.MAX_CODE) {
                    code.add((int) random.next());
                }
            } else {
                int map = random.below(8);
                map =
                        map < 3
                                ? 0
                                : map < 6
                                        ? 1
                                        : map == 6 ? 2 + random.below(2) : 4 + random.below(3);
                encode(Form.any(map, random.below(256)));
                while (code.length() < OracleLayout.MAX_CODE) {
                    code.add((int) random.next());
                }
            }
            trap = true;
        } else {
            encode(form);
            trap = form.transfers() || random.oneIn(40);
            run = !trap && random.oneIn(2);
        }
        int first = code.length();
        if (run && !blocks.isEmpty() && first <= 11 && form.name().contains(BLOCKS)) {
            more();
        }
        int length = Math.min(code.length(), OracleLayout.MAX_CODE);
        if (code.length() > length) {
            trap = true; // too long, or cut off
            run = false;
        }
        state.mode(false, run);
        if (trap && random.oneIn(24)) {
            slot = OracleLayout.LAST_SLOT;
            if (random.oneIn(2)) {
                length = 1 + random.below(length);
            }
        }
        for (int i = 0; i < length; i++) {
            state.code(i, code.at(i));
        }
        state.place(length, slot);
        state.rflags(trap ? flags | TF : flags);
        if (form != null && first == length) {
            special(form);
        }
    }

    /**
     * Adds instructions, as many as there is room for, so that the processor under test runs from
     * one to the next, and executes together what it fuses. Their flags must all be defined,
     * because {@link UndefinedFlags} looks at single instructions.
     */
    private void more() {
        int end = code.length();
        int start = 0;
        while (definedFlags(start)) {
            Form next = blocks.get(random.below(blocks.size()));
            boolean branch = next.transfers();
            encode(next);
            if (code.length() > OracleLayout.MAX_CODE) {
                break;
            }
            if (branch) {
                // Not into these instructions, nor into the jump behind them.
                int distance = next.operands().getFirst().type().equals("b") ? 1 : 4;
                code.patch(code.length() - distance, 0x20 + random.below(0x60));
            }
            start = end;
            end = code.length();
            if (branch) {
                break;
            }
        }
        code.cut(definedFlags(start) ? end : start);
    }

    private boolean definedFlags(int start) {
        for (int i = 0; i < Math.min(code.length(), OracleLayout.MAX_CODE); i++) {
            state.code(i, code.at(i));
        }
        state.place(Math.min(code.length(), OracleLayout.MAX_CODE), slot);
        encoding.parse(state, start);
        return UndefinedFlags.possible(encoding) == 0 && Exclusions.reason(encoding) == null;
    }

    private void fillWindow() {
        long offset =
                switch (random.below(8)) {
                    case 0 -> 0;
                    case 1 -> DATA_SIZE - WINDOW_SIZE;
                    case 2, 3 -> PAGE - WINDOW_SIZE / 2;
                    default -> random.below((DATA_SIZE - WINDOW_SIZE) / 64) * 64L;
                };
        state.windowOffset(offset);
        floatingPoint.window(random, state, style);
    }

    private void stackPointers() {
        for (int register = RSP; register <= RBP; register++) {
            long value =
                    switch (random.below(32)) {
                        case 0 -> STACK + random.below(16);
                        case 1 -> STACK + PAGE - random.below(16);
                        case 2 -> EdgeValues.integer(random);
                        case 3 -> Long.MIN_VALUE + random.below(1 << 20);
                        case 4, 5, 6, 7, 8, 9, 10 -> inWindow(8);
                        default -> STACK + 8L * random.below(PAGE / 8);
                    };
            state.gpr(register, value);
        }
    }

    /** Returns an address for an operand of a size, most often in the window and aligned. */
    private long address(int size) {
        if (random.oneIn(24)) {
            int k = random.below(size + 1);
            return switch (random.below(8)) {
                case 0 -> DATA - k;
                case 1 -> READ_ONLY - k;
                case 2 -> READ_ONLY + random.below(PAGE - size);
                case 3 -> READ_ONLY + PAGE - k;
                case 4 -> DATA + PAGE - k;
                case 5 -> random.next();
                case 6 -> 0x0000_8000_0000_0000L - k;
                default -> STACK + random.below(PAGE - size);
            };
        }
        return inWindow(size);
    }

    private long inWindow(int size) {
        long offset = random.below(Math.max(1, WINDOW_SIZE - size + 1));
        if (!random.oneIn(4)) {
            offset &= -size;
        }
        return DATA + state.windowOffset() + offset;
    }

    private void encode(Form form) {
        boolean prefix66 = form.prefix() == 0x66;
        if (form.vex()) {
            vexPrefix(form);
        } else {
            if ((form.prefix() == 0 || form.prefix() == 2) && random.oneIn(4)) {
                prefix66 = true;
            }
            legacyPrefixes(form, prefix66);
        }
        boolean wide = (code.rex & 8) != 0;
        if (!form.vex() && form.map() > 0) {
            code.add(0x0f);
            if (form.map() > 1) {
                code.add(form.map() == 2 ? 0x38 : 0x3a);
            }
        }
        int inOpcode = form.count() == 1 ? 0 : random.below(8);
        code.add(form.opcode() + inOpcode);
        int operandBytes = wide ? 8 : prefix66 ? 2 : 4;
        if (form.modrm()) {
            modrm(form, operandBytes);
        }
        for (Form.Operand operand : form.operands()) {
            immediate(operand, operandBytes);
        }
        if (code.ripRelative >= 0) {
            code.patch32(code.ripRelative, (int) (target - code.segmentBase() - slot));
            code.ripRelative = -1;
        }
    }

    private void legacyPrefixes(Form form, boolean prefix66) {
        code.segment = -1;
        code.addressSize = false;
        int order = random.below(4);
        if (order == 0) {
            segment();
        }
        if (prefix66) {
            code.add(0x66);
        }
        if (form.prefix() == 0xf2 || form.prefix() == 0xf3) {
            code.add(form.prefix());
        } else if (form.prefix() == 0 && random.oneIn(form.map() == 0 ? 6 : 24)) {
            code.add(random.oneIn(2) ? 0xf2 : 0xf3);
        }
        if (order != 0) {
            segment();
        }
        if (random.oneIn(form.lockable() ? 3 : 64)) {
            code.add(0xf0);
        }
        if (random.oneIn(10)) {
            code.add(0x67);
            code.addressSize = true;
        }
        int rex = random.oneIn(2) ? 0x40 | random.below(16) : 0;
        if (form.w() == 1) {
            rex |= 0x48;
        } else if (form.w() == 0) {
            rex &= ~8;
        }
        if (rex != 0) {
            code.add(rex);
        }
        code.rex = rex;
    }

    private void segment() {
        if (random.oneIn(8)) {
            int n = random.below(6);
            code.segment = n;
            code.add(n < 4 ? 0x26 + n * 8 : 0x60 + n);
        }
    }

    private void vexPrefix(Form form) {
        if (random.oneIn(8)) {
            segment();
        }
        if (random.oneIn(10)) {
            code.add(0x67);
            code.addressSize = true;
        }
        if (random.oneIn(200)) {
            code.add(new int[] {0x66, 0xf2, 0xf3, 0xf0, 0x41}[random.below(5)]); // #UD
        }
        int pp =
                switch (form.prefix()) {
                    case 0x66 -> 1;
                    case 0xf3 -> 2;
                    case 0xf2 -> 3;
                    case 1 -> 0;
                    default -> random.below(4);
                };
        int w = form.w() >= 0 ? form.w() : random.below(2);
        int l = form.l() >= 0 ? form.l() : random.below(2);
        code.vexL = l == 1;
        code.vvvv = form.has("HB") || form.operands().isEmpty() ? random.below(16) : 0;
        if (random.oneIn(100)) {
            code.vvvv = random.below(16);
        }
        if (form.map() == 4 && w == 0 && random.oneIn(2)) {
            code.rex = 0x40 | random.below(2) << 2;
            code.add(0xc5);
            code.add((~code.rex & 4) << 5 | (~code.vvvv & 15) << 3 | l << 2 | pp);
        } else {
            code.rex = 0x40 | random.below(8) | w << 3;
            code.add(0xc4);
            code.add((~code.rex & 7) << 5 | form.map() - 3);
            code.add(w << 7 | (~code.vvvv & 15) << 3 | l << 2 | pp);
        }
    }

    private void modrm(Form form, int operandBytes) {
        int reg = form.digit() >= 0 ? form.digit() : random.below(8);
        if (form.exact() >= 0) {
            code.add(form.exact());
            freshRegisters(form.exact() >> 3 & 7, form.exact() & 7);
            return;
        }
        boolean registers =
                form.access() == 2
                        || form.has("RUN")
                        || form.access() == 0 && !form.has("M") && random.oneIn(2);
        if (registers) {
            int rm = random.below(8);
            code.add(0xc0 | reg << 3 | rm);
            freshRegisters(reg | (code.rex & 4) << 1, rm | (code.rex & 1) << 3);
            return;
        }
        freshRegisters(reg | (code.rex & 4) << 1, -1);
        int size = operandSize(form, operandBytes);
        target = address(size);
        if (isVsib(form)) {
            vsib(reg);
        } else {
            memory(reg);
        }
        if (target >= DATA + state.windowOffset()
                && target + 8 <= DATA + state.windowOffset() + 120) {
            freshMemory(size);
        }
    }

    private static boolean isVsib(Form form) {
        return form.map() == 5 && form.opcode() >= 0x90 && form.opcode() <= 0x93;
    }

    /** Replaces the values of the vector or x87 registers that the instruction names. */
    private void freshRegisters(int reg, int rm) {
        int kind = random.below(5);
        if (random.oneIn(2)) {
            kind = style;
        }
        FloatingPointStates.vector(random, state, reg, kind);
        if (rm >= 0) {
            FloatingPointStates.vector(random, state, rm, kind);
            EdgeValues.extended(random, state, OracleLayout.X87 + 32 + (rm & 7) * 16L);
        }
        EdgeValues.extended(random, state, OracleLayout.X87 + 32);
    }

    private void freshMemory(int size) {
        long offset = OracleLayout.WINDOW + target - DATA - state.windowOffset();
        if (size == 10) {
            EdgeValues.extended(random, state, offset);
        } else if (size == 4 && style == 1) {
            state.putInt(offset, EdgeValues.single(random));
        } else if (size >= 8) {
            state.putLong(offset, FloatingPointStates.word(random, style));
        } else {
            state.putInt(offset, (int) EdgeValues.integer(random));
        }
    }

    private int operandSize(Form form, int operandBytes) {
        for (Form.Operand operand : form.operands()) {
            if ("EMQWX".indexOf(operand.kind()) >= 0) {
                return switch (operand.type()) {
                    case "b", "s" -> 1;
                    case "w" -> 2;
                    case "d", "ss", "si" -> 4;
                    case "q", "sd", "pi" -> 8;
                    case "v", "z" -> operandBytes;
                    case "y" -> operandBytes == 8 ? 8 : 4;
                    case "t" -> 10;
                    case "qq" -> 32;
                    default -> code.vexL ? 32 : 16;
                };
            }
        }
        return 1 << random.below(5);
    }

    /** Adds ModRM, SIB and displacement that lead to the target, and sets the registers so. */
    private void memory(int reg) {
        long address = target - code.segmentBase();
        int mod = random.below(3);
        int rm = random.below(8);
        if (mod == 0 && rm == 5) {
            code.add(reg << 3 | 5);
            code.ripRelative = code.length();
            code.add32(0);
            return;
        }
        boolean sib = rm == 4;
        code.add(mod << 6 | reg << 3 | rm);
        int base = rm;
        int index = 4;
        int scale = 0;
        if (sib) {
            base = random.below(8);
            index = random.below(8) | (code.rex & 2) << 2;
            scale = random.below(4);
            code.add(scale << 6 | (index & 7) << 3 | base);
        }
        boolean noBase = sib && mod == 0 && base == 5;
        base |= (code.rex & 1) << 3;
        long indexed = 0;
        if (index != 4) {
            if (!random.oneIn(4)) {
                state.gpr(index, random.below(256) - 128L);
            }
            indexed = state.gpr(index) << scale;
        }
        long displacement = 0;
        if (mod == 1) {
            displacement = (byte) random.next();
            code.add((int) displacement);
        } else if (noBase) {
            displacement = (int) (address - indexed);
            code.add32((int) displacement);
        } else if (mod == 2) {
            displacement = random.oneIn(2) ? (int) random.next() : (short) random.next();
            code.add32((int) displacement);
        }
        if (!noBase) {
            long value = address - displacement - indexed;
            if (base == index) {
                value = (address - displacement) / (1 + (1L << scale));
            }
            if (code.addressSize) {
                value = value & 0xffff_ffffL | (random.oneIn(2) ? random.next() << 32 : 0);
            }
            state.gpr(base, value);
        }
    }

    /** The same with a vector of indices, SDM vol. 2, 2.3.12. */
    private void vsib(int reg) {
        int mod = random.below(3);
        int base = random.oneIn(8) ? 5 : random.below(8);
        int index = random.below(8) | (code.rex & 2) << 2;
        int scale = random.below(4);
        code.add(mod << 6 | reg << 3 | 4);
        code.add(scale << 6 | (index & 7) << 3 | base);
        for (int i = 0; i < 4; i++) {
            long offset =
                    (i < 2 ? OracleLayout.XMM + i * 8L : OracleLayout.YMM_HIGH + (i - 2) * 8L)
                            + index * 16L;
            boolean quads = random.oneIn(2);
            state.putLong(offset, random.next() & (quads ? 15 : 0x0000_000f_0000_000fL));
        }
        long displacement = 0;
        if (mod == 1) {
            displacement = (byte) random.next();
            code.add((int) displacement);
        } else if (mod == 2 || base == 5) {
            displacement = mod == 2 ? (int) random.next() : (int) target;
            code.add32((int) displacement);
        }
        if (!(mod == 0 && base == 5)) {
            state.gpr(base | (code.rex & 1) << 3, target - code.segmentBase() - displacement);
        }
    }

    private void immediate(Form.Operand operand, int operandBytes) {
        switch (operand.kind()) {
            case 'I', 'J' -> {
                int bytes =
                        switch (operand.type()) {
                            case "b", "s" -> 1;
                            case "w" -> 2;
                            case "d" -> 4;
                            case "v" -> operandBytes;
                            default -> operand.kind() == 'J' ? 4 : Math.min(4, operandBytes);
                        };
                long value = EdgeValues.integer(random);
                for (int i = 0; i < bytes; i++) {
                    code.add((int) (value >> 8 * i));
                }
            }
            case 'L' -> code.add((int) random.next());
            case 'O' -> {
                target = address(operandBytes);
                long value = target - code.segmentBase();
                int bytes = code.addressSize ? 4 : 8;
                for (int i = 0; i < bytes; i++) {
                    code.add((int) (value >> 8 * i));
                }
            }
            default -> {}
        }
    }

    /** Operands that are not named by the encoding, and values without which little happens. */
    private void special(Form form) {
        switch (form.map()) {
            case 0 -> specialOneByte(form);
            case 1 -> specialTwoByte(form);
            case 4 -> {
                if (form.opcode() == 0xf7) {
                    state.gpr(RDI, address(16));
                }
            }
            default -> {}
        }
    }

    private void specialOneByte(Form form) {
        int opcode = form.opcode();
        switch (opcode) {
            case 0xa4,
                    0xa5,
                    0xa6,
                    0xa7,
                    0xaa,
                    0xab,
                    0xac,
                    0xad,
                    0xae,
                    0xaf,
                    0x6c,
                    0x6d,
                    0x6e,
                    0x6f ->
                    string(8);
            case 0xd7 -> state.gpr(RBX, address(1) - (state.gpr(RAX) & 0xff));
            case 0xf6, 0xf7 -> {
                if (form.digit() >= 6 && !random.oneIn(4)) {
                    state.gpr(RDX, random.oneIn(3) ? -1 : random.below(4));
                }
            }
            case 0xd2, 0xd3 -> count();
            case 0xc8 -> { // ENTER: a level that the stack can hold
                if (!random.oneIn(8)) {
                    state.code(state.length() - 1, random.below(6));
                    state.code(state.length() - 2, random.below(2));
                }
            }
            case 0xe0, 0xe1, 0xe2, 0xe3 -> {
                if (random.oneIn(2)) {
                    state.gpr(RCX, random.below(3));
                }
            }
            default -> {}
        }
    }

    private void specialTwoByte(Form form) {
        switch (form.opcode()) {
            case 0xa5, 0xad -> count();
            case 0xa3, 0xab, 0xb3, 0xbb -> {
                // BT and its like with memory: a bit offset that stays near
                if (target >= 0 && !random.oneIn(8)) {
                    int reg = state.code(modrmPosition()) >> 3 & 7 | (code.rex & 4) << 1;
                    if (!baseOrIndex(reg)) {
                        state.gpr(reg, random.below(800) - 400L);
                    }
                }
            }
            case 0xb0, 0xb1, 0xc7 -> { // CMPXCHG: half of them shall find what they compare with
                long offset = target - DATA - state.windowOffset();
                if (target >= 0 && offset >= 0 && offset <= WINDOW_SIZE - 16 && random.oneIn(2)) {
                    state.gpr(RAX, state.getLong(OracleLayout.WINDOW + offset));
                    if (form.opcode() == 0xc7) {
                        boolean wide = (code.rex & 8) != 0;
                        state.gpr(
                                RDX, state.getLong(OracleLayout.WINDOW + offset + (wide ? 8 : 4)));
                    }
                }
            }
            case 0xf7 -> state.gpr(RDI, address(16));
            case 0xae -> {
                if (form.digit() == 2 && !random.oneIn(4)) { // LDMXCSR
                    long offset = target - DATA - state.windowOffset();
                    if (offset >= 0 && offset <= WINDOW_SIZE - 4) {
                        long at = OracleLayout.WINDOW + offset;
                        state.putInt(at, state.getInt(at) & 0xffff);
                    }
                }
            }
            default -> {}
        }
    }

    private int modrmPosition() {
        int i = 0;
        while (state.code(i) != 0x0f) {
            i++;
        }
        return i + 2;
    }

    private boolean baseOrIndex(int reg) {
        int position = modrmPosition();
        int rm = state.code(position) & 7;
        int base = rm == 4 ? state.code(position + 1) & 7 : rm;
        int index = rm == 4 ? state.code(position + 1) >> 3 & 7 : 4;
        return reg == (base | (code.rex & 1) << 3) || reg == (index | (code.rex & 2) << 2);
    }

    private void count() {
        if (random.oneIn(2)) {
            state.gpr(RCX, state.gpr(RCX) & ~0xffL | random.below(70));
        }
    }

    private void string(int size) {
        state.gpr(RSI, address(size) - (code.segment >= 4 ? code.segmentBase() : 0));
        state.gpr(RDI, address(size));
        if (!random.oneIn(8)) {
            state.gpr(RCX, random.below(20) | (code.addressSize ? random.next() << 32 : 0));
        }
    }
}
