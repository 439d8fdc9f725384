package lodge.tests.oracle;

import static lodge.tests.oracle.OracleLayout.DATA_SIZE;
import static lodge.tests.oracle.OracleLayout.PAGE;
import static lodge.tests.oracle.OracleLayout.STACK;
import static lodge.tests.oracle.OracleLayout.WINDOW_SIZE;

import java.lang.foreign.Arena;
import java.util.List;

/**
 * Makes records: an instruction of some form and a d.state in which it has something to do. The
 * n-th record of a seed depends on nothing but both numbers and the list of forms.
 */
final class InstructionGenerator {
    private static final int RSP = 4;
    private static final int RBP = 5;
    private static final long TF = 0x100;

    /** Of these the interpreter has specialised and fused nodes. */
    private static final String BLOCKS = "(integer.table";

    private final long seed;
    private final List<Form> forms;

    /** Forms that follow one another in one record. */
    private List<Form> blocks = List.of();

    private final int randomOneIn;
    private final Draft d = new Draft();
    private final SplitMix random = d.random;
    private final Assembler code = d.code;
    private final FormEncoder encoder = new FormEncoder(d);
    private final ImplicitOperands implicit = new ImplicitOperands(d);
    private final FloatingPointStates floatingPoint;
    private final Encoding encoding = new Encoding();

    /**
     * Makes a generator.
     *
     * @param seed for records that can be made again
     * @param forms of which every record takes one; may be empty
     * @param randomOneIn every how many-th record, on average, is of any bytes instead; 1 for all
     */
    InstructionGenerator(long seed, List<Form> forms, int randomOneIn) {
        this(seed, forms, randomOneIn, false);
    }

    /**
     * Makes a generator of 64-bit or of 32-bit code.
     *
     * @param code32 for compatibility mode; the forms must be those that it has
     */
    InstructionGenerator(long seed, List<Form> forms, int randomOneIn, boolean code32) {
        d.code32 = code32;
        this.seed = seed;
        floatingPoint = new FloatingPointStates(seed);
        this.forms = forms.stream().filter(this::mayBeSent).toList();
        blocks =
                this.forms.stream()
                        .filter(f -> f.name().contains(BLOCKS))
                        .filter(f -> !f.transfers() || f.name().matches("J[A-Z]+ J[bz] .*"))
                        .filter(
                                f ->
                                        !f.name()
                                                .matches(
                                                        "(JMP|JE?[CR]XZ|POPF|ENTER|XLAT|PUSHA|POPA).*"))
                        .toList();
        this.randomOneIn = this.forms.isEmpty() ? 1 : randomOneIn;
    }

    /** Returns whether some encodings of a form are not excluded. */
    private boolean mayBeSent(Form form) {
        d.state = new StateBefore().at(Arena.ofAuto().allocate(OracleLayout.BEFORE_SIZE, 64), 0);
        for (int i = 0; i < 32; i++) {
            random.seed(seed, i);
            make(form);
            encoding.parse(d.state);
            if (Exclusions.reason(encoding) == null) {
                return true;
            }
        }
        return false;
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
        d.state = to;
        random.seed(seed, index);
        while (true) {
            Form form = random.oneIn(randomOneIn) ? null : forms.get(random.below(forms.size()));
            make(form);
            encoding.parse(d.state);
            if (Exclusions.reason(encoding) == null && !(form == null && loopsForever())) {
                return form;
            }
        }
    }

    /** With TF nothing loops; without it only instructions of known length are sent. */
    private boolean loopsForever() {
        return (d.state.rflags() & TF) == 0;
    }

    private void make(Form form) {
        floatingPoint.copy(random, d.state);
        d.style = random.below(FloatingPointStates.STYLES);
        fillWindow();
        for (int i = 0; i < 16; i++) {
            d.state.gpr(i, EdgeValues.integer(random));
        }
        boolean run = false;
        stackPointers();
        d.slot =
                d.code32
                        ? OracleLayout.COMPATIBILITY_SLOT
                        : OracleLayout.slot(
                                random.oneIn(3) ? random.below(OracleLayout.slots()) : 0);
        long flags = 0x202 | random.next() & 0x8d5;
        if (random.oneIn(4)) {
            flags |= 0x400; // DF
        }
        if (random.oneIn(64)) {
            flags |= 1L << (random.oneIn(2) ? 18 : random.oneIn(2) ? 21 : 14); // AC, ID, NT
        }
        code.start();
        d.target = -1;
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
                encoder.encode(Form.any(map, random.below(256)));
                while (code.length() < OracleLayout.MAX_CODE) {
                    code.add((int) random.next());
                }
            }
            trap = true;
        } else {
            encoder.encode(form);
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
        d.state.mode(d.code32, run);
        if (trap && !d.code32 && random.oneIn(24)) {
            d.slot = OracleLayout.LAST_SLOT;
            if (random.oneIn(2)) {
                length = 1 + random.below(length);
            }
        }
        for (int i = 0; i < length; i++) {
            d.state.code(i, code.at(i));
        }
        d.state.place(length, d.slot);
        d.state.rflags(trap ? flags | TF : flags);
        if (form != null && first == length) {
            implicit.set(form);
        }
        if (d.code32) {
            // What 64-bit mode would find in the upper halves is undefined (SDM vol. 1, 3.4.1.1).
            for (int i = 0; i < 16; i++) {
                d.state.gpr(i, i < 8 ? d.state.gpr(i) & 0xffff_ffffL : 0);
            }
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
            encoder.encode(next);
            if (code.length() > OracleLayout.MAX_CODE) {
                break;
            }
            if (branch) {
                // Not into these instructions, nor into the jump behind them.
                int distance = next.operands()[0].type().equals("b") ? 1 : 4;
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
            d.state.code(i, code.at(i));
        }
        d.state.place(Math.min(code.length(), OracleLayout.MAX_CODE), d.slot);
        encoding.parse(d.state, start, d.code32);
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
        d.state.windowOffset(offset);
        floatingPoint.window(random, d.state, d.style);
    }

    private void stackPointers() {
        for (int register = RSP; register <= RBP; register++) {
            long value =
                    switch (random.below(32)) {
                        case 0 -> STACK + random.below(16);
                        case 1 -> STACK + PAGE - random.below(16);
                        case 2 -> EdgeValues.integer(random);
                        case 3 -> Long.MIN_VALUE + random.below(1 << 20);
                        case 4, 5, 6, 7, 8, 9, 10 -> d.inWindow(8);
                        default -> STACK + 8L * random.below(PAGE / 8);
                    };
            d.state.gpr(register, value);
        }
    }
}
