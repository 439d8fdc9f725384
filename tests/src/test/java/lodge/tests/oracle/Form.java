package lodge.tests.oracle;

/**
 * An encoding that the generator fills with operands: a row of the instruction table, or any opcode
 * at all.
 *
 * @param name for reports, such as {@code ADD Ev, Gv}
 * @param map 0 one-byte, 1 0F, 2 0F 38, 3 0F 3A; 4 to 6 the last three under VEX
 * @param opcode first opcode byte
 * @param count 8 where the opcode's low three bits are a register, otherwise 1
 * @param prefix 0 any, 1 none of 66, F2 and F3, otherwise the mandatory prefix
 * @param digit what ModRM.reg must be, or -1
 * @param modrm whether there is a ModRM byte
 * @param exact what the whole ModRM byte must be, or -1
 * @param access 0 memory or register, 1 memory only, 2 register only
 * @param w REX.W or VEX.W: -1 any, 0, 1
 * @param l VEX.L: -1 any, 0 (128 bits), 1 (256 bits)
 * @param operands in Intel order
 * @param transfers whether control may go elsewhere
 * @param lockable whether LOCK is allowed
 */
public record Form(
        String name,
        int map,
        int opcode,
        int count,
        int prefix,
        int digit,
        boolean modrm,
        int exact,
        int access,
        int w,
        int l,
        Operand[] operands,
        boolean transfers,
        boolean lockable) {
    private static final Operand[] NO_OPERANDS = {};

    /**
     * An operand in the notation of SDM vol. 2, appendix A.2.
     *
     * @param kind the letter of A.2.1
     * @param type the letters of A.2.2
     */
    public record Operand(char kind, String type) {}

    /** Returns a form that is nothing but a place in an opcode map. */
    public static Form any(int map, int opcode) {
        return new Form("", map, opcode, 1, 0, -1, true, -1, 0, -1, -1, NO_OPERANDS, true, false);
    }

    public boolean vex() {
        return map >= 4;
    }

    /** Returns whether an operand is a ModRM register or VEX.vvvv register of the given kinds. */
    public boolean has(String kinds) {
        for (Operand operand : operands) {
            if (kinds.indexOf(operand.kind) >= 0) {
                return true;
            }
        }
        return false;
    }
}
