package lodge.tests.oracle;

import static lodge.tests.oracle.OracleLayout.DATA;

/**
 * Encodes an instruction of a form: prefixes, opcode, ModRM with what belongs to it, immediates;
 * and sets the registers that memory operands are addressed by.
 */
final class FormEncoder {
    private final Draft d;

    FormEncoder(Draft draft) {
        d = draft;
    }

    /** Adds an instruction to the draft. */
    void encode(Form form) {
        boolean prefix66 = form.prefix() == 0x66;
        if (form.vex()) {
            vexPrefix(form);
        } else {
            if ((form.prefix() == 0 || form.prefix() == 2) && d.random.oneIn(4)) {
                prefix66 = true;
            }
            legacyPrefixes(form, prefix66);
        }
        boolean wide = (d.code.rex & 8) != 0 && !d.code32;
        if (!form.vex() && form.map() > 0) {
            d.code.add(0x0f);
            if (form.map() > 1) {
                d.code.add(form.map() == 2 ? 0x38 : 0x3a);
            }
        }
        int inOpcode = form.count() == 1 ? 0 : d.random.below(8);
        d.code.add(form.opcode() + inOpcode);
        int operandBytes = wide ? 8 : prefix66 ? 2 : 4;
        if (form.modrm()) {
            modrm(form, operandBytes);
        }
        for (Form.Operand operand : form.operands()) {
            immediate(operand, operandBytes);
        }
        if (d.code.ripRelative >= 0) {
            d.code.patch32(d.code.ripRelative, (int) (d.target - d.code.segmentBase() - d.slot));
            d.code.ripRelative = -1;
        }
    }

    private void legacyPrefixes(Form form, boolean prefix66) {
        d.code.segment = -1;
        d.code.addressSize = false;
        int order = d.random.below(4);
        if (order == 0) {
            segment();
        }
        if (prefix66) {
            d.code.add(0x66);
        }
        if (form.prefix() == 0xf2 || form.prefix() == 0xf3) {
            d.code.add(form.prefix());
        } else if (form.prefix() == 0 && d.random.oneIn(form.map() == 0 ? 6 : 24)) {
            d.code.add(d.random.oneIn(2) ? 0xf2 : 0xf3);
        }
        if (order != 0) {
            segment();
        }
        if (d.random.oneIn(form.lockable() ? 3 : 64)) {
            d.code.add(0xf0);
        }
        addressSize();
        int rex = !d.code32 && d.random.oneIn(2) ? 0x40 | d.random.below(16) : 0;
        if (d.code32) {
            d.code.rex = 0;
            return;
        }
        if (form.w() == 1) {
            rex |= 0x48;
        } else if (form.w() == 0) {
            rex &= ~8;
        }
        if (rex != 0) {
            d.code.add(rex);
        }
        d.code.rex = rex;
    }

    /** Not in 32-bit code: 16-bit addresses reach nothing. */
    private void addressSize() {
        if (!d.code32 && d.random.oneIn(10)) {
            d.code.add(0x67);
            d.code.addressSize = true;
        }
    }

    private void segment() {
        if (d.random.oneIn(8)) {
            int n = d.random.below(6);
            d.code.segment = n;
            d.code.add(n < 4 ? 0x26 + n * 8 : 0x60 + n);
        }
    }

    private void vexPrefix(Form form) {
        if (d.random.oneIn(8)) {
            segment();
        }
        addressSize();
        if (d.random.oneIn(200)) {
            d.code.add(
                    new int[] {0x66, 0xf2, 0xf3, 0xf0, 0x41}
                            [d.random.below(d.code32 ? 4 : 5)]); // #UD
        }
        int pp =
                switch (form.prefix()) {
                    case 0x66 -> 1;
                    case 0xf3 -> 2;
                    case 0xf2 -> 3;
                    case 1 -> 0;
                    default -> d.random.below(4);
                };
        int w = form.w() >= 0 ? form.w() : d.random.below(2);
        int l = form.l() >= 0 ? form.l() : d.random.below(2);
        d.code.vexL = l == 1;
        d.code.vvvv = form.has("HB") || form.operands().length == 0 ? d.random.below(16) : 0;
        if (d.random.oneIn(100)) {
            d.code.vvvv = d.random.below(16);
        }
        if (d.code32) {
            d.code.vvvv &= 7; // and R and X must be inverted ones, or it is LDS or LES
        }
        if (form.map() == 4 && w == 0 && d.random.oneIn(2)) {
            d.code.rex = d.code32 ? 0x40 : 0x40 | d.random.below(2) << 2;
            d.code.add(0xc5);
            d.code.add((~d.code.rex & 4) << 5 | (~d.code.vvvv & 15) << 3 | l << 2 | pp);
        } else {
            d.code.rex = 0x40 | (d.code32 ? 0 : d.random.below(8)) | w << 3;
            d.code.add(0xc4);
            d.code.add((~d.code.rex & 7) << 5 | form.map() - 3);
            d.code.add(w << 7 | (~d.code.vvvv & 15) << 3 | l << 2 | pp);
        }
    }

    private void modrm(Form form, int operandBytes) {
        int reg = form.digit() >= 0 ? form.digit() : d.random.below(8);
        if (form.exact() >= 0) {
            d.code.add(form.exact());
            freshRegisters(form.exact() >> 3 & 7, form.exact() & 7);
            return;
        }
        boolean registers =
                form.access() == 2
                        || form.has("RUN")
                        || form.access() == 0 && !form.has("M") && d.random.oneIn(2);
        if (registers) {
            int rm = d.random.below(8);
            d.code.add(0xc0 | reg << 3 | rm);
            freshRegisters(reg | (d.code.rex & 4) << 1, rm | (d.code.rex & 1) << 3);
            return;
        }
        freshRegisters(reg | (d.code.rex & 4) << 1, -1);
        int size = operandSize(form, operandBytes);
        d.target = d.address(size);
        if (isVsib(form)) {
            vsib(reg);
        } else {
            memory(reg);
        }
        if (d.target >= DATA + d.state.windowOffset()
                && d.target + 8 <= DATA + d.state.windowOffset() + 120) {
            freshMemory(size);
        }
    }

    private static boolean isVsib(Form form) {
        return form.map() == 5 && form.opcode() >= 0x90 && form.opcode() <= 0x93;
    }

    /** Replaces the values of the vector or x87 registers that the instruction names. */
    private void freshRegisters(int reg, int rm) {
        int kind = d.random.below(5);
        if (d.random.oneIn(2)) {
            kind = d.style;
        }
        FloatingPointStates.vector(d.random, d.state, reg, kind);
        if (rm >= 0) {
            FloatingPointStates.vector(d.random, d.state, rm, kind);
            EdgeValues.extended(d.random, d.state, OracleLayout.X87 + 32 + (rm & 7) * 16L);
        }
        EdgeValues.extended(d.random, d.state, OracleLayout.X87 + 32);
    }

    private void freshMemory(int size) {
        long offset = OracleLayout.WINDOW + d.target - DATA - d.state.windowOffset();
        if (size == 10) {
            EdgeValues.extended(d.random, d.state, offset);
        } else if (size == 4 && d.style == 1) {
            d.state.putInt(offset, EdgeValues.single(d.random));
        } else if (size >= 8) {
            d.state.putLong(offset, FloatingPointStates.word(d.random, d.style));
        } else {
            d.state.putInt(offset, (int) EdgeValues.integer(d.random));
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
                    default -> d.code.vexL ? 32 : 16;
                };
            }
        }
        return 1 << d.random.below(5);
    }

    /** Adds ModRM, SIB and displacement that lead to the d.target, and sets the registers so. */
    private void memory(int reg) {
        long address = d.target - d.code.segmentBase();
        int mod = d.random.below(3);
        int rm = d.random.below(8);
        if (mod == 0 && rm == 5) {
            d.code.add(reg << 3 | 5);
            d.code.ripRelative = d.code32 ? -1 : d.code.length();
            d.code.add32((int) address);
            return;
        }
        boolean sib = rm == 4;
        d.code.add(mod << 6 | reg << 3 | rm);
        int base = rm;
        int index = 4;
        int scale = 0;
        if (sib) {
            base = d.random.below(8);
            index = d.random.below(8) | (d.code.rex & 2) << 2;
            scale = d.random.below(4);
            d.code.add(scale << 6 | (index & 7) << 3 | base);
        }
        boolean noBase = sib && mod == 0 && base == 5;
        base |= (d.code.rex & 1) << 3;
        long indexed = 0;
        if (index != 4) {
            if (!d.random.oneIn(4)) {
                d.state.gpr(index, d.random.below(256) - (d.code32 ? 0L : 128L));
            }
            indexed = d.state.gpr(index) << scale;
        }
        long displacement = 0;
        if (mod == 1) {
            displacement = (byte) d.random.next();
            d.code.add((int) displacement);
        } else if (noBase) {
            displacement = (int) (address - indexed);
            d.code.add32((int) displacement);
        } else if (mod == 2) {
            displacement = d.random.oneIn(2) ? (int) d.random.next() : (short) d.random.next();
            d.code.add32((int) displacement);
        }
        if (!noBase) {
            long value = address - displacement - indexed;
            if (base == index) {
                value = (address - displacement) / (1 + (1L << scale));
            }
            if (d.code32) {
                value &= 0xffff_ffffL;
            } else if (d.code.addressSize) {
                value = value & 0xffff_ffffL | (d.random.oneIn(2) ? d.random.next() << 32 : 0);
            }
            d.state.gpr(base, value);
        }
    }

    /** The same with a vector of indices, SDM vol. 2, 2.3.12. */
    private void vsib(int reg) {
        int mod = d.random.below(3);
        int base = d.random.oneIn(8) ? 5 : d.random.below(8);
        int index = d.random.below(8) | (d.code.rex & 2) << 2;
        int scale = d.random.below(4);
        d.code.add(mod << 6 | reg << 3 | 4);
        d.code.add(scale << 6 | (index & 7) << 3 | base);
        for (int i = 0; i < 4; i++) {
            long offset =
                    (i < 2 ? OracleLayout.XMM + i * 8L : OracleLayout.YMM_HIGH + (i - 2) * 8L)
                            + index * 16L;
            boolean quads = d.random.oneIn(2);
            d.state.putLong(offset, d.random.next() & (quads ? 15 : 0x0000_000f_0000_000fL));
        }
        long displacement = 0;
        if (mod == 1) {
            displacement = (byte) d.random.next();
            d.code.add((int) displacement);
        } else if (mod == 2 || base == 5) {
            displacement = mod == 2 ? (int) d.random.next() : (int) d.target;
            d.code.add32((int) displacement);
        }
        if (!(mod == 0 && base == 5)) {
            long value = d.target - d.code.segmentBase() - displacement;
            d.state.gpr(base | (d.code.rex & 1) << 3, d.code32 ? value & 0xffff_ffffL : value);
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
                long value = EdgeValues.integer(d.random);
                for (int i = 0; i < bytes; i++) {
                    d.code.add((int) (value >> 8 * i));
                }
            }
            case 'L' -> d.code.add((int) d.random.next());
            case 'O' -> {
                d.target = d.address(operandBytes);
                long value = d.target - d.code.segmentBase();
                int bytes = d.code32 || d.code.addressSize ? 4 : 8;
                for (int i = 0; i < bytes; i++) {
                    d.code.add((int) (value >> 8 * i));
                }
            }
            default -> {}
        }
    }
}
