package lodge.interpreter;

/**
 * An instruction that lies in two pages, or outside memory: what was decoded is only right as long
 * as the bytes are the same, and the second page may be mapped elsewhere by now. So the bytes are
 * compared at every execution.
 */
final class CrossingNode extends Node {
    private final Insn insn;
    private final byte[] bytes;

    CrossingNode(Cpu c, Insn insn, long va) {
        this.insn = insn;
        offset = insn.offset;
        length = insn.length;
        bytes = new byte[insn.length];
        for (int k = 0; k < bytes.length; k++) {
            bytes[k] = (byte) fetch(c, va, k);
        }
    }

    private static int fetch(Cpu c, long va, int k) {
        return c.fetchByte(c.code64 ? va + k : va + k & 0xffff_ffffL);
    }

    @Override
    Node exec(Cpu c) {
        long r = c.ripOf(this);
        long va = c.code64 ? r : c.base(CpuRegisters.CS) + r & 0xffff_ffffL;
        if (!c.code64 && r + length - 1 > (c.limit[CpuRegisters.CS] & 0xffff_ffffL)) {
            throw c.gp(0);
        }
        for (int k = 0; k < bytes.length; k++) {
            if (fetch(c, va, k) != (bytes[k] & 0xff)) {
                if (c.page != null) {
                    c.page.remove(c.mode, offset);
                }
                c.rip = r;
                return null;
            }
        }
        c.rip = c.nextRip(this);
        insn.unit.exec(c, insn);
        return null;
    }

    @Override
    int span() {
        return Math.min(length, CodePage.SIZE - offset);
    }

    @Override
    boolean usesStack() {
        return insn.usesStack();
    }
}
