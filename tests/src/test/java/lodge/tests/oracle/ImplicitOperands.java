package lodge.tests.oracle;

import static lodge.tests.oracle.OracleLayout.DATA;
import static lodge.tests.oracle.OracleLayout.WINDOW_SIZE;

/** Operands that an encoding does not name, and values without which little happens. */
final class ImplicitOperands {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final int RDI = 7;

    private final Draft d;

    ImplicitOperands(Draft draft) {
        d = draft;
    }

    /** Sets them for an instruction that stands in the record already. */
    void set(Form form) {
        switch (form.map()) {
            case 0 -> specialOneByte(form);
            case 1 -> specialTwoByte(form);
            case 4 -> {
                if (form.opcode() == 0xf7) {
                    d.state.gpr(RDI, d.address(16));
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
            case 0xd7 -> d.state.gpr(RBX, d.address(1) - (d.state.gpr(RAX) & 0xff));
            case 0xf6, 0xf7 -> {
                if (form.digit() >= 6 && !d.random.oneIn(4)) {
                    d.state.gpr(RDX, d.random.oneIn(3) ? -1 : d.random.below(4));
                }
            }
            case 0xd2, 0xd3 -> count();
            case 0xc8 -> { // ENTER: a level that the stack can hold
                if (!d.random.oneIn(8)) {
                    d.state.code(d.state.length() - 1, d.random.below(6));
                    d.state.code(d.state.length() - 2, d.random.below(2));
                }
            }
            case 0xe0, 0xe1, 0xe2, 0xe3 -> {
                if (d.random.oneIn(2)) {
                    d.state.gpr(RCX, d.random.below(3));
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
                if (d.target >= 0 && !d.random.oneIn(8)) {
                    int reg = d.state.code(modrmPosition()) >> 3 & 7 | (d.code.rex & 4) << 1;
                    if (!baseOrIndex(reg)) {
                        d.state.gpr(reg, d.random.below(800) - 400L);
                    }
                }
            }
            case 0xb0, 0xb1, 0xc7 -> { // CMPXCHG: half of them shall find what they compare with
                long offset = d.target - DATA - d.state.windowOffset();
                if (d.target >= 0
                        && offset >= 0
                        && offset <= WINDOW_SIZE - 16
                        && d.random.oneIn(2)) {
                    d.state.gpr(RAX, d.state.getLong(OracleLayout.WINDOW + offset));
                    if (form.opcode() == 0xc7) {
                        boolean wide = (d.code.rex & 8) != 0;
                        d.state.gpr(
                                RDX,
                                d.state.getLong(OracleLayout.WINDOW + offset + (wide ? 8 : 4)));
                    }
                }
            }
            case 0xf7 -> d.state.gpr(RDI, d.address(16));
            case 0xae -> {
                if (form.digit() == 2 && !d.random.oneIn(4)) { // LDMXCSR
                    long offset = d.target - DATA - d.state.windowOffset();
                    if (offset >= 0 && offset <= WINDOW_SIZE - 4) {
                        long at = OracleLayout.WINDOW + offset;
                        d.state.putInt(at, d.state.getInt(at) & 0xffff);
                    }
                }
            }
            default -> {}
        }
    }

    private int modrmPosition() {
        int i = 0;
        while (d.state.code(i) != 0x0f) {
            i++;
        }
        return i + 2;
    }

    private boolean baseOrIndex(int reg) {
        int position = modrmPosition();
        int rm = d.state.code(position) & 7;
        int base = rm == 4 ? d.state.code(position + 1) & 7 : rm;
        int index = rm == 4 ? d.state.code(position + 1) >> 3 & 7 : 4;
        return reg == (base | (d.code.rex & 1) << 3) || reg == (index | (d.code.rex & 2) << 2);
    }

    private void count() {
        if (d.random.oneIn(2)) {
            d.state.gpr(RCX, d.state.gpr(RCX) & ~0xffL | d.random.below(70));
        }
    }

    private void string(int size) {
        d.state.gpr(RSI, d.address(size) - (d.code.segment >= 4 ? d.code.segmentBase() : 0));
        d.state.gpr(RDI, d.address(size));
        if (!d.random.oneIn(8)) {
            d.state.gpr(RCX, d.random.below(20) | (d.code.addressSize ? d.random.next() << 32 : 0));
        }
    }
}
