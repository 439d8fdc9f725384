package lodge.tests.oracle;

/**
 * The parts of an instruction in 64-bit code or 32-bit code, as far as exclusions and undefined
 * results depend on them: prefixes, map, opcode and the byte behind it, which is ModRM where there
 * is one. The length is none of its business. SDM vol. 2, 2.1 to 2.3.
 */
final class Encoding {
    private StateBefore state;

    /** 32-bit code, for compatibility mode. */
    boolean code32;

    private int position;

    boolean operandSize;
    boolean addressSize;
    boolean lock;
    boolean repeat;
    boolean repeatNot;

    /** The segment override that counts: ES, CS, SS, DS, FS, GS as 0 to 5, or -1. */
    int segment;

    /** REX that counts, or 0. */
    int rex;

    /** 0 none, 0xc4, 0xc5; 0x62 EVEX; 0x8f XOP. */
    int vex;

    /** VEX.L and VEX.vvvv. */
    boolean vexL;

    int vvvv;

    /** 0 one-byte, 1 0F, 2 0F 38, 3 0F 3A; with VEX what VEX.mmmmm says. */
    int map;

    int opcode;

    /** The byte behind the opcode; meaningful when {@link #complete}. */
    int modrm;

    /** False when the bytes end before the opcode, or before the byte behind it. */
    boolean complete;

    /** Takes an instruction apart. */
    void parse(StateBefore before) {
        parse(before, 0, before.compatibilityMode());
    }

    /** Takes the instruction apart that begins some bytes behind the first one. */
    void parse(StateBefore before, int from, boolean thirtyTwoBits) {
        state = before;
        code32 = thirtyTwoBits;
        position = from;
        operandSize = addressSize = lock = repeat = repeatNot = vexL = false;
        segment = -1;
        rex = vex = map = vvvv = 0;
        complete = true;
        int b = next();
        while (prefix(b)) {
            b = next();
        }
        if ((b == 0xc4 || b == 0xc5 || b == 0x62) && (!code32 || peek() >= 0xc0)) {
            vex(b);
            return;
        }
        if (b == 0x0f) {
            b = next();
            map = 1;
            if (b == 0x38 || b == 0x3a) {
                map = b == 0x38 ? 2 : 3;
                b = next();
            }
        }
        opcode = b;
        boolean whole = complete;
        modrm = next();
        if (opcode == 0x8f && map == 0 && (modrm & 0x38) != 0) {
            vex = 0x8f;
        }
        complete = whole; // a byte that many instructions do not have
    }

    private boolean prefix(int b) {
        switch (b) {
            case 0x66 -> operandSize = true;
            case 0x67 -> addressSize = true;
            case 0xf0 -> lock = true;
            case 0xf3 -> {
                repeat = true;
                repeatNot = false;
            }
            case 0xf2 -> {
                repeatNot = true;
                repeat = false;
            }
            case 0x26, 0x2e, 0x36, 0x3e -> segment = b >> 3 & 3;
            case 0x64, 0x65 -> segment = b & 7;
            default -> {
                if (!code32 && (b & 0xf0) == 0x40) {
                    rex = b;
                    return true;
                }
                return false;
            }
        }
        rex = 0; // one that does not stand directly before the opcode is ignored
        return complete;
    }

    private void vex(int first) {
        vex = first;
        if (first == 0x62) {
            return;
        }
        int b = next();
        map = 1;
        rex = 0x40 | (~b >> 5 & 4);
        if (first == 0xc4) {
            map = b & 0x1f;
            rex = 0x40 | (~b >> 5 & 7);
            b = next();
            rex |= b >> 4 & 8;
        } else {
            rex = 0x40 | (~b >> 5 & 4);
        }
        vvvv = ~b >> 3 & 15;
        vexL = (b & 4) != 0;
        operandSize = (b & 3) == 1;
        repeat = (b & 3) == 2;
        repeatNot = (b & 3) == 3;
        opcode = next();
        modrm = next();
    }

    private int peek() {
        return position < state.length() ? state.code(position) : 0;
    }

    private int next() {
        if (position >= state.length()) {
            complete = false;
            return 0;
        }
        return state.code(position++);
    }

    boolean is(int wantedMap, int wantedOpcode) {
        return vex == 0 && map == wantedMap && opcode == wantedOpcode;
    }

    /** Returns ModRM.reg without REX.R. */
    int reg() {
        return modrm >> 3 & 7;
    }

    /** Returns whether ModRM names a register rather than memory. */
    boolean registerForm() {
        return modrm >= 0xc0;
    }

    boolean wide() {
        return !code32 && (rex & 8) != 0;
    }

    /**
     * Returns the last byte of the instruction: its 8-bit immediate, where it has one.
     *
     * @param after tells with #DB where the instruction ended; of any bytes the length is unknown
     */
    int lastByte(StateAfter after) {
        long length = after.completed() ? state.length() : after.rip() - state.rip();
        return length > 0 && length <= state.length()
                ? state.code((int) length - 1)
                : state.code(state.length() - 1);
    }

    /** Returns the operand size of an instruction that has bytes at even opcodes. */
    int operandBytes() {
        return (opcode & 1) == 0 ? 1 : vBytes();
    }

    /** Returns the operand size of an instruction without a byte form. */
    int vBytes() {
        if (wide()) {
            return 8;
        }
        return operandSize ? 2 : 4;
    }
}
