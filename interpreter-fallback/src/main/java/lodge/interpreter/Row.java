package lodge.interpreter;

import java.util.List;
import java.util.Set;

/**
 * One row of the instruction table: an encoding, in the notation of SDM vol. 2, and what belongs to
 * it.
 *
 * @param map 0 one-byte, 1 0F, 2 0F 38, 3 0F 3A, 4 to 6 the same three under VEX
 * @param opcode opcode byte
 * @param count 8 when the opcode's low three bits are a register, otherwise 1
 * @param prefix 0 any, 1 none of 66, F2 and F3, 2 neither F2 nor F3, otherwise the mandatory prefix
 *     0x66, 0xf2 or 0xf3
 * @param digit ModRM.reg that belongs to the opcode, or -1
 * @param modrm whether a ModRM byte follows
 * @param exact the whole ModRM byte that belongs to the opcode, or -1
 * @param form 0 any, 1 memory only, 2 register only
 * @param w REX.W or VEX.W: -1 any, 0, 1
 * @param l VEX.L: -1 any, 0 (128), 1 (256)
 * @param mnemonic as the SDM prints it
 * @param operands in Intel order
 * @param tags see docs/instructions.md
 * @param flags what happens to the arithmetic flags, for the documentation and the tests
 * @param feature CPUID feature that brings it
 * @param unit who executes it
 * @param operation the unit's constant for it
 * @param source file and line, for messages
 */
record Row(
        int map,
        int opcode,
        int count,
        int prefix,
        int digit,
        boolean modrm,
        int exact,
        int form,
        int w,
        int l,
        String mnemonic,
        List<Operand> operands,
        Set<String> tags,
        String flags,
        CpuFeature feature,
        Unit unit,
        Enum<?> operation,
        String source,
        Attributes attributes) {

    /** What the decoder asks of the tags. */
    record Attributes(
            boolean lock,
            boolean ends,
            boolean not64,
            boolean only64,
            boolean default64,
            boolean forced64,
            boolean isRep) {
        static Attributes of(Set<String> tags) {
            return new Attributes(
                    tags.contains("lock"),
                    tags.contains("end"),
                    tags.contains("i64"),
                    tags.contains("o64"),
                    tags.contains("d64"),
                    tags.contains("f64"),
                    tags.contains("rep"));
        }
    }

    /**
     * An operand.
     *
     * @param kind the letter of SDM vol. 2, appendix A.2.1 (A B C D E G H I J L M N O P Q R S U V W
     *     X Y), Z for a register in the opcode, T for an x87 register in ModRM.rm, or F for a fixed
     *     one
     * @param type the letters of appendix A.2.2, or the name of the fixed register
     */
    record Operand(char kind, String type) {
        /** Bytes of the operand; 0 when it has no general size. */
        int size(int operandSize) {
            return switch (type) {
                case "b", "AL", "CL", "AH" -> 1;
                case "w", "AX", "DX" -> 2;
                case "d" -> 4;
                case "q" -> 8;
                case "v", "rAX" -> operandSize;
                case "z", "eAX" -> Math.min(operandSize, 4);
                case "y" -> operandSize == 8 ? 8 : 4;
                default -> 0;
            };
        }
    }
}
