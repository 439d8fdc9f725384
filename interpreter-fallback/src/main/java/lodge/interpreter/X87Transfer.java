package lodge.interpreter;

import lodge.interpreter.fp.Float80;
import lodge.interpreter.fp.Float80Convert;
import lodge.interpreter.fp.FpContext;

/** x87 loads and stores (SDM vol. 1, 8.3.3): memory first, registers after. */
final class X87Transfer {
    /** What is stored for an empty register: the default NaNs and integer indefinites. */
    private static final int SINGLE_INDEFINITE = 0xffc0_0000;

    private static final long DOUBLE_INDEFINITE = 0xfff8_0000_0000_0000L;
    private static final long BCD_INDEFINITE = 0xc000_0000_0000_0000L;

    private X87Transfer() {}

    static void exec(Cpu c, Insn i, X87Unit.Op op) {
        switch (op) {
            case FLD, FILD -> load(c, i, op);
            case FLD80, FBLD -> loadWide(c, i, op);
            case FSTP80, FBSTP -> storeWide(c, i, op);
            default -> store(c, i, op);
        }
    }

    private static void load(Cpu c, Insn i, X87Unit.Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        long v = c.loadOperand(i, i.size);
        X87Unit.pointers(c, i);
        if (!X87Unit.room(s)) {
            return;
        }
        x.control(s.fcw);
        if (op == X87Unit.Op.FILD) {
            Float80Convert.fromInteger(x, CpuRegisters.signed(v, i.size));
        } else if (i.size == 4) {
            Float80Convert.fromSingle(x, (int) v);
        } else {
            Float80Convert.fromDouble(x, v);
        }
        if (x.loads()) {
            s.push(x.se, x.mantissa);
        }
        s.report(x);
    }

    private static void loadWide(Cpu c, Insn i, X87Unit.Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        long va = c.linear(i.segment, i.ea(c), 10, false);
        c.probeRead(va, 10);
        long low = c.load64(va);
        int high = c.load16(c.code64 ? va + 8 : va + 8 & 0xffff_ffffL);
        X87Unit.pointers(c, i);
        if (!X87Unit.room(s)) {
            return;
        }
        if (op == X87Unit.Op.FBLD) {
            x.control(s.fcw);
            Float80Convert.fromPackedBcd(x, low, high);
            s.push(x.se, x.mantissa);
        } else {
            s.push(high, low);
        }
        s.codes(FpContext.C1, 0);
    }

    private static void storeWide(Cpu c, Insn i, X87Unit.Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        long va = c.linear(i.segment, i.ea(c), 10, true);
        c.probeWrite(va, 10);
        x.control(s.fcw);
        long low;
        int high;
        boolean fault = s.empty(0);
        if (fault) {
            if ((s.fcw & X87State.IE) == 0) {
                X87Unit.pointers(c, i);
                s.stackFault(false);
                return;
            }
            low = op == X87Unit.Op.FBSTP ? BCD_INDEFINITE : Float80.INDEFINITE_MANTISSA;
            high = Float80.INDEFINITE;
        } else if (op == X87Unit.Op.FBSTP) {
            low = Float80Convert.toPackedBcd(x, s.se(0), s.mantissa(0));
            high = x.se2;
            if (!x.stores()) {
                X87Unit.pointers(c, i);
                s.report(x);
                return;
            }
        } else {
            low = s.mantissa(0);
            high = s.se(0);
        }
        c.store64(va, low);
        c.store16(c.code64 ? va + 8 : va + 8 & 0xffff_ffffL, high);
        X87Unit.pointers(c, i);
        if (fault) {
            s.stackFault(false);
        } else if (op == X87Unit.Op.FBSTP) {
            s.report(x);
        } else {
            s.codes(FpContext.C1, 0);
        }
        s.pop();
    }

    private static void store(Cpu c, Insn i, X87Unit.Op op) {
        X87State s = c.x87;
        FpContext x = s.context;
        x.control(s.fcw);
        boolean pops = op == X87Unit.Op.FSTP || op == X87Unit.Op.FISTP || op == X87Unit.Op.FISTTP;
        boolean real = op == X87Unit.Op.FST || op == X87Unit.Op.FSTP;
        boolean fault = s.empty(0);
        long v;
        if (fault) {
            v = indefinite(real, i.size);
        } else {
            v = convert(x, s.se(0), s.mantissa(0), op, i.size);
        }
        if (fault ? (s.fcw & X87State.IE) == 0 : !x.stores()) {
            // Even then the operand must be there.
            c.probeWrite(c.linear(i.segment, i.ea(c), i.size, true), i.size);
            X87Unit.pointers(c, i);
            if (fault) {
                s.stackFault(false);
            } else {
                s.report(x);
            }
            return;
        }
        c.storeOperand(i, i.size, v);
        X87Unit.pointers(c, i);
        if (fault) {
            s.stackFault(false);
        } else {
            s.report(x);
        }
        if (pops) {
            s.pop();
        }
    }

    private static long indefinite(boolean real, int size) {
        if (real) {
            return size == 4 ? SINGLE_INDEFINITE : DOUBLE_INDEFINITE;
        }
        return size == 2 ? 0x8000 : size == 4 ? 0x8000_0000L : Long.MIN_VALUE;
    }

    private static long convert(FpContext x, int se, long m, X87Unit.Op op, int size) {
        return switch (op) {
            case FST, FSTP ->
                    size == 4
                            ? Float80Convert.toSingle(x, se, m)
                            : Float80Convert.toDouble(x, se, m);
            case FISTTP ->
                    switch (size) {
                        case 2 -> Float80Convert.truncateToShort(x, se, m);
                        case 4 -> Float80Convert.truncateToInt(x, se, m);
                        default -> Float80Convert.truncateToLong(x, se, m);
                    };
            default ->
                    switch (size) {
                        case 2 -> Float80Convert.toShort(x, se, m);
                        case 4 -> Float80Convert.toInt(x, se, m);
                        default -> Float80Convert.toLong(x, se, m);
                    };
        };
    }
}
