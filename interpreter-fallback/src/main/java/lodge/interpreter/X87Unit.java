package lodge.interpreter;

import lodge.interpreter.fp.Float80;
import lodge.interpreter.fp.Float80Arithmetic;
import lodge.interpreter.fp.Float80Convert;
import lodge.interpreter.fp.Float80Transcendental;
import lodge.interpreter.fp.FpContext;

/**
 * x87 instructions (SDM vol. 1, chapter 8): what is checked in front of them and computation.
 * Memory transfers and the environment are in {@link X87Transfer} and {@link X87Environment}.
 */
final class X87Unit extends Unit {
    enum Op {
        FWAIT,
        FADD,
        FMUL,
        FCOM,
        FCOMP,
        FSUB,
        FSUBR,
        FDIV,
        FDIVR,
        FCOMPP,
        FUCOM,
        FUCOMP,
        FUCOMPP,
        FUCOMI,
        FCOMI,
        FUCOMIP,
        FCOMIP,
        FLD,
        FLD_ST,
        FLD80,
        FST,
        FST_ST,
        FSTP,
        FSTP_ST,
        FSTPNCE,
        FSTP80,
        FILD,
        FIST,
        FISTP,
        FISTTP,
        FBLD,
        FBSTP,
        FXCH,
        FNOP,
        FCHS,
        FABS,
        FTST,
        FXAM,
        FLD1,
        FLDL2T,
        FLDL2E,
        FLDPI,
        FLDLG2,
        FLDLN2,
        FLDZ,
        F2XM1,
        FYL2X,
        FPTAN,
        FPATAN,
        FXTRACT,
        FPREM1,
        FDECSTP,
        FINCSTP,
        FPREM,
        FYL2XP1,
        FSQRT,
        FSINCOS,
        FRNDINT,
        FSCALE,
        FSIN,
        FCOS,
        FCMOV,
        FFREE,
        FFREEP,
        FLDENV,
        FLDCW,
        FNSTENV,
        FNSTCW,
        FNSTSW,
        FNSTSW_AX,
        FNSAVE,
        FRSTOR,
        FNCLEX,
        FNINIT,
        FNOP8087
    }

    private static final Float80.Constant[] CONSTANTS = Float80.Constant.values();

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        Op op = (Op) i.op;
        switch (op) {
            case FWAIT -> {
                long waits = CpuSystem.CR0_MP | CpuSystem.CR0_TS;
                if ((c.cr0 & waits) == waits) {
                    throw c.raise(GuestFault.NM);
                }
                pending(c);
                return;
            }
            case FNSTENV, FNSTCW, FNSTSW, FNSTSW_AX, FNSAVE, FNCLEX, FNINIT, FNOP8087 -> {
                available(c);
                X87Environment.exec(c, i, op);
                return;
            }
            default -> {
                available(c);
                pending(c);
            }
        }
        switch (op) {
            case FLDENV, FLDCW, FRSTOR -> X87Environment.exec(c, i, op);
            case FDECSTP -> turn(c, -1);
            case FINCSTP -> turn(c, 1);
            case FFREE -> c.x87.free(i.modrm & 7);
            case FFREEP -> {
                c.x87.free(i.modrm & 7);
                c.x87.pop();
            }
            case FNOP -> pointers(c, i);
            case FLD, FLD80, FST, FSTP, FSTP80, FILD, FIST, FISTP, FISTTP, FBLD, FBSTP ->
                    X87Transfer.exec(c, i, op);
            case FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR -> arithmetic(c, i, op);
            case FCOM, FCOMP, FCOMPP, FUCOM, FUCOMP, FUCOMPP, FTST -> compare(c, i, op);
            case FCOMI, FCOMIP, FUCOMI, FUCOMIP -> compareFlags(c, i, op);
            default -> {
                pointers(c, i);
                registers(c, i, op);
            }
        }
    }

    private static void available(Cpu c) {
        if ((c.cr0 & (CpuSystem.CR0_EM | CpuSystem.CR0_TS)) != 0) {
            throw c.raise(GuestFault.NM);
        }
    }

    /**
     * #MF for an exception that waits. With CR0.NE clear a PC reports it by FERR# and IRQ 13
     * instead, which the board does not wire; the instruction goes on then.
     */
    static void pending(Cpu c) {
        if ((c.x87.fsw & X87State.ES) != 0 && (c.cr0 & CpuSystem.CR0_NE) != 0) {
            throw c.raise(GuestFault.MF);
        }
    }

    /** Notes the instruction for FNSTENV; after its memory operand was accessed. */
    static void pointers(Cpu c, Insn i) {
        X87State x = c.x87;
        x.fip = c.ripOf(i);
        x.fcs = c.selector[CpuRegisters.CS];
        x.fop = (i.opcode & 7) << 8 | i.modrm & 0xff;
        if (i.mem) {
            x.fdp = i.ea(c);
            x.fds = c.selector[i.segment];
        }
    }

    private static void turn(Cpu c, int by) {
        c.x87.setTop(c.x87.top() + by);
        c.x87.codes(FpContext.C1, 0);
    }

    /**
     * Loads the memory operand of D8 (single), DA (32-bit integer), DC (double) or DE (16-bit
     * integer) into the context's result.
     */
    private static void operand(Cpu c, Insn i) {
        FpContext x = c.x87.context;
        long v = c.loadOperand(i, i.size);
        switch (i.opcode & 6) {
            case 0 -> Float80Convert.widenSingle(x, (int) v);
            case 2 -> Float80Convert.fromInteger(x, CpuRegisters.signed(v, 4));
            case 4 -> Float80Convert.widenDouble(x, v);
            default -> Float80Convert.fromInteger(x, (short) v);
        }
    }

    private static void arithmetic(Cpu c, Insn i, Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        x.control(s.fcw);
        int d = 0;
        int other = i.modrm & 7;
        boolean reversed = op == Op.FSUBR || op == Op.FDIVR;
        int bse;
        long bm;
        if (i.mem) {
            operand(c, i);
            bse = x.se;
            bm = x.mantissa;
            pointers(c, i);
            if (s.empty(0)) {
                x.control(s.fcw);
                Float80.Constant.ZERO.load(x);
                indefinite(s, 0, false);
                return;
            }
        } else {
            pointers(c, i);
            if (s.empty(0) || s.empty(other)) {
                d = i.opcode == 0xd8 ? 0 : other;
                indefinite(s, d, i.opcode == 0xde);
                return;
            }
            if (i.opcode != 0xd8) {
                d = other;
                other = 0;
            }
            bse = s.se(other);
            bm = s.mantissa(other);
        }
        int ase = s.se(d);
        long am = s.mantissa(d);
        if (reversed) {
            compute(op, x, bse, bm, ase, am);
        } else {
            compute(op, x, ase, am, bse, bm);
        }
        if (finish(s, d) && i.opcode == 0xde && !i.mem) {
            s.pop();
        }
    }

    private static void compute(Op op, FpContext x, int ase, long am, int bse, long bm) {
        switch (op) {
            case FADD -> Float80Arithmetic.add(x, ase, am, bse, bm);
            case FMUL -> Float80Arithmetic.multiply(x, ase, am, bse, bm);
            case FSUB, FSUBR -> Float80Arithmetic.subtract(x, ase, am, bse, bm);
            default -> Float80Arithmetic.divide(x, ase, am, bse, bm);
        }
    }

    /** Writes the context's result to ST(d), unless an unmasked exception keeps it out. */
    private static boolean finish(X87State s, int d) {
        FpContext x = s.context;
        s.report(x);
        if (!x.completes()) {
            return false;
        }
        s.set(d, x.se, x.mantissa);
        return true;
    }

    /** Stack underflow: the indefinite value in ST(d) where it is masked. */
    private static boolean indefinite(X87State s, int d, boolean pop) {
        if (!s.stackFault(false)) {
            return false;
        }
        s.set(d, Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
        if (pop) {
            s.pop();
        }
        return true;
    }

    private static void compare(Cpu c, Insn i, Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        x.control(s.fcw);
        boolean quiet = op == Op.FUCOM || op == Op.FUCOMP || op == Op.FUCOMPP;
        boolean two = op == Op.FCOMPP || op == Op.FUCOMPP;
        int other = two ? 1 : i.modrm & 7;
        boolean missing;
        int bse = 0;
        long bm = 0;
        if (op == Op.FTST) {
            missing = s.empty(0);
        } else if (i.mem) {
            operand(c, i);
            bse = x.se;
            bm = x.mantissa;
            missing = s.empty(0);
        } else {
            missing = s.empty(0) || s.empty(other);
            bse = s.se(other);
            bm = s.mantissa(other);
        }
        pointers(c, i);
        int codes = FpContext.C0 | FpContext.C2 | FpContext.C3;
        if (missing) {
            // The next operation is not to remember a denormal operand of this one.
            Float80.Constant.ZERO.load(x);
            boolean masked = s.stackFault(false);
            s.codes(codes, codes);
            if (!masked) {
                return;
            }
        } else {
            Float80.compare(x, s.se(0), s.mantissa(0), bse, bm, quiet);
            s.report(x);
            if (!x.completes()) {
                return;
            }
        }
        if (two || op == Op.FCOMP || op == Op.FUCOMP) {
            s.pop();
        }
        if (two) {
            s.pop();
        }
    }

    private static void compareFlags(Cpu c, Insn i, Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        x.control(s.fcw);
        pointers(c, i);
        int other = i.modrm & 7;
        int codes = FpContext.C0 | FpContext.C2 | FpContext.C3;
        boolean completes;
        if (s.empty(0) || s.empty(other)) {
            completes = s.stackFault(false);
        } else {
            boolean quiet = op == Op.FUCOMI || op == Op.FUCOMIP;
            Float80.compare(x, s.se(0), s.mantissa(0), s.se(other), s.mantissa(other), quiet);
            // EFLAGS in place of the codes, C1 as it was, whether the exception is masked or not.
            s.fsw |= x.flags;
            s.summarise();
            completes = x.completes();
            codes = x.conditions;
        }
        c.setArithmetic(
                ((codes & FpContext.C3) != 0 ? CpuRegisters.ZF : 0)
                        | ((codes & FpContext.C2) != 0 ? CpuRegisters.PF : 0)
                        | ((codes & FpContext.C0) != 0 ? CpuRegisters.CF : 0));
        if (completes && (op == Op.FCOMIP || op == Op.FUCOMIP)) {
            s.pop();
        }
    }

    private static void registers(Cpu c, Insn i, Op op) {
        X87State s = c.x87;
        switch (op) {
            case FLD_ST -> load(s, i.modrm & 7);
            case FST_ST, FSTP_ST, FSTPNCE -> {
                if (s.empty(0) && op == Op.FSTPNCE) {
                    // Not in the SDM; processors raise no stack fault and store nothing.
                    s.codes(FpContext.C1, 0);
                    s.pop();
                    return;
                }
                if (s.empty(0)) {
                    indefinite(s, i.modrm & 7, op == Op.FSTP_ST);
                    return;
                }
                s.set(i.modrm & 7, s.se(0), s.mantissa(0));
                s.codes(FpContext.C1, 0);
                if (op != Op.FST_ST) {
                    s.pop();
                }
            }
            case FXCH -> exchange(s, i.modrm & 7);
            case FCHS, FABS -> {
                if (s.empty(0)) {
                    indefinite(s, 0, false);
                    return;
                }
                int se = op == Op.FCHS ? s.se(0) ^ 0x8000 : s.se(0) & 0x7fff;
                s.set(0, se, s.mantissa(0));
                s.codes(FpContext.C1, 0);
            }
            case FXAM -> {
                int all = FpContext.C0 | FpContext.C1 | FpContext.C2 | FpContext.C3;
                int codes =
                        s.empty(0)
                                ? FpContext.C3
                                        | FpContext.C0
                                        | ((s.se(0) & 0x8000) != 0 ? FpContext.C1 : 0)
                                : Float80.classify(s.se(0), s.mantissa(0));
                s.codes(all, codes);
            }
            case FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ -> {
                if (!room(s)) {
                    return;
                }
                s.context.control(s.fcw);
                // D9 E8 to EE, in the order of the constants.
                CONSTANTS[i.modrm & 7].load(s.context);
                s.push(s.context.se, s.context.mantissa);
                s.codes(FpContext.C1, 0);
            }
            case FCMOV -> conditionalMove(c, i);
            case F2XM1, FSQRT, FRNDINT, FSIN, FCOS -> unary(s, op);
            case FYL2X, FPATAN, FYL2XP1, FSCALE, FPREM, FPREM1 -> binary(s, op);
            default -> pair(s, op);
        }
    }

    /** Whether there is room for a push; otherwise reports the stack fault and its response. */
    static boolean room(X87State s) {
        if (s.empty(-1)) {
            return true;
        }
        if (s.stackFault(true)) {
            s.push(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
        }
        return false;
    }

    private static void load(X87State s, int from) {
        if (s.empty(from)) {
            if (s.stackFault(false)) {
                s.push(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
            }
            return;
        }
        int se = s.se(from);
        long m = s.mantissa(from);
        if (room(s)) {
            s.push(se, m);
            s.codes(FpContext.C1, 0);
        }
    }

    private static void exchange(X87State s, int with) {
        if (s.empty(0) || s.empty(with)) {
            if (!s.stackFault(false)) {
                return;
            }
            if (s.empty(0)) {
                s.set(0, Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
            }
            if (s.empty(with)) {
                s.set(with, Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
            }
        } else {
            s.codes(FpContext.C1, 0);
        }
        int se = s.se(0);
        long m = s.mantissa(0);
        s.set(0, s.se(with), s.mantissa(with));
        s.set(with, se, m);
    }

    private static void conditionalMove(Cpu c, Insn i) {
        X87State s = c.x87;
        int from = i.modrm & 7;
        if (s.empty(0) || s.empty(from)) {
            indefinite(s, 0, false);
            return;
        }
        boolean holds =
                switch (i.modrm >> 3 & 3) {
                    case 0 -> c.carry();
                    case 1 -> c.zero();
                    case 2 -> c.carry() || c.zero();
                    default -> c.parity();
                };
        // DA moves if the condition holds, DB if it does not.
        if (holds == (i.opcode == 0xda)) {
            s.set(0, s.se(from), s.mantissa(from));
        }
    }

    private static void unary(X87State s, Op op) {
        if (s.empty(0)) {
            if (op == Op.FSIN || op == Op.FCOS) {
                s.codes(FpContext.C2, 0);
            }
            indefinite(s, 0, false);
            return;
        }
        FpContext x = s.context;
        x.control(s.fcw);
        int se = s.se(0);
        long m = s.mantissa(0);
        switch (op) {
            case F2XM1 -> Float80Transcendental.twoToXMinusOne(x, se, m);
            case FSQRT -> Float80Arithmetic.squareRoot(x, se, m);
            case FRNDINT -> Float80Arithmetic.roundToInteger(x, se, m);
            case FSIN -> Float80Transcendental.sine(x, se, m);
            default -> Float80Transcendental.cosine(x, se, m);
        }
        finish(s, 0);
    }

    private static void binary(X87State s, Op op) {
        boolean pops = op == Op.FYL2X || op == Op.FPATAN || op == Op.FYL2XP1;
        int d = pops ? 1 : 0;
        if (s.empty(0) || s.empty(1)) {
            if (op == Op.FPREM || op == Op.FPREM1) {
                s.codes(FpContext.C2, 0);
            }
            indefinite(s, d, pops);
            return;
        }
        FpContext x = s.context;
        x.control(s.fcw);
        int ase = s.se(0);
        long am = s.mantissa(0);
        int bse = s.se(1);
        long bm = s.mantissa(1);
        switch (op) {
            case FYL2X -> Float80Transcendental.yLogX(x, ase, am, bse, bm);
            case FPATAN -> Float80Transcendental.arctangent(x, ase, am, bse, bm);
            case FYL2XP1 -> Float80Transcendental.yLogXPlusOne(x, ase, am, bse, bm);
            case FSCALE -> Float80Arithmetic.scale(x, ase, am, bse, bm);
            case FPREM -> Float80Arithmetic.remainder(x, ase, am, bse, bm, false);
            default -> Float80Arithmetic.remainder(x, ase, am, bse, bm, true);
        }
        if (finish(s, d) && pops) {
            s.pop();
        }
    }

    /** FPTAN, FSINCOS and FXTRACT: one operand, two results. */
    private static void pair(X87State s, Op op) {
        if (op != Op.FXTRACT) {
            s.codes(FpContext.C2, 0);
        }
        if (s.empty(0)) {
            if (s.stackFault(false)) {
                s.set(0, Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
                s.push(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
            }
            return;
        }
        if (!s.empty(-1)) {
            if (s.stackFault(true)) {
                s.set(0, Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
                s.push(Float80.INDEFINITE, Float80.INDEFINITE_MANTISSA);
            }
            return;
        }
        FpContext x = s.context;
        x.control(s.fcw);
        int se = s.se(0);
        long m = s.mantissa(0);
        switch (op) {
            case FPTAN -> Float80Transcendental.tangent(x, se, m);
            case FSINCOS -> Float80Transcendental.sineCosine(x, se, m);
            default -> Float80Arithmetic.extract(x, se, m);
        }
        boolean partial = (x.conditions & FpContext.C2) != 0;
        if (finish(s, 0) && !partial) {
            s.push(x.se2, x.mantissa2);
        }
    }
}
