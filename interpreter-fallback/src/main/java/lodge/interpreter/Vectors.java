package lodge.interpreter;

/**
 * What all MMX, SSE and AVX instructions share: whether they may be executed now, where their
 * operands lie, and how they reach memory. An operand is an address in the processor's struct: a
 * register's own, or {@link CpuRegisters#SCRATCH} where a memory operand was copied to.
 */
final class Vectors {
    /** CR0 bits that forbid SSE, or trap it. */
    private static final long EM_TS = CpuSystem.CR0_EM | CpuSystem.CR0_TS;

    /** XCR0: SSE and AVX state. */
    private static final long XCR0_AVX = 6;

    private static final int FSW_TOP = 7 << 11;

    private Vectors() {}

    // ---- may it be executed? ----

    /** SSE under legacy encoding: #UD or #NM (SDM vol. 3A, 2.5 and table 14-1). */
    static void requireSse(Cpu c) {
        if ((c.cr0 & EM_TS) != 0 || (c.cr4 & CpuSystem.CR4_OSFXSR) == 0) {
            throw (c.cr0 & CpuSystem.CR0_EM) != 0 || (c.cr4 & CpuSystem.CR4_OSFXSR) == 0
                    ? c.ud()
                    : c.raise(GuestFault.NM);
        }
    }

    /** Vector instructions under VEX: #UD or #NM (SDM vol. 2, 2.4). CR0.EM has no effect. */
    static void requireAvx(Cpu c) {
        if ((c.xcr0 & XCR0_AVX) != XCR0_AVX
                || (c.cr4 & CpuSystem.CR4_OSXSAVE) == 0
                || c.realOrVm86()) {
            throw c.ud();
        }
        if ((c.cr0 & CpuSystem.CR0_TS) != 0) {
            throw c.raise(GuestFault.NM);
        }
    }

    /** MMX: #UD, #NM, or #MF for a pending x87 exception (SDM vol. 3A, 13.3). */
    static void requireMmx(Cpu c) {
        if ((c.cr0 & EM_TS) != 0) {
            throw (c.cr0 & CpuSystem.CR0_EM) != 0 ? c.ud() : c.raise(GuestFault.NM);
        }
        X87Unit.pending(c);
    }

    /** Every MMX instruction sets TOP to 0 and, but for EMMS, marks all registers valid (13.2). */
    static void enterMmx(Cpu c) {
        c.x87.fsw &= ~FSW_TOP;
        c.x87.ftw = 0;
    }

    // ---- where operands are ----

    /** The address of a vector register. */
    static long register(Cpu c, int n) {
        return c.s + CpuRegisters.VECTOR + 32L * n;
    }

    /** The address of an MMX register; REX does not reach them. */
    static long mmx(Cpu c, int n) {
        return c.s + CpuRegisters.FPR + 16L * (n & 7);
    }

    /** Writes an MMX register: sign and exponent become all ones. */
    static void setMmx(Cpu c, int n, long v) {
        long r = mmx(c, n);
        RawMemory.putLong(r, v);
        RawMemory.putShort(r + 8, (short) -1);
    }

    /** VEX.128 clears bits 255 to 128 of its destination. */
    static void clearUpper(long register) {
        RawMemory.putLong(register + 16, 0);
        RawMemory.putLong(register + 24, 0);
    }

    /**
     * The address of a W operand: the register, or a copy of the memory in the scratch area.
     *
     * @param bytes 1, 2, 4, 8 (zero-extended to 8), 16 or 32 bytes of memory
     * @param aligned whether #GP(0) is raised for an address that is no multiple of them
     */
    static long source(Cpu c, Insn i, int bytes, boolean aligned) {
        return i.mem ? memory(c, i, bytes, aligned) : register(c, i.rm);
    }

    /** The memory part of {@link #source}. */
    static long memory(Cpu c, Insn i, int bytes, boolean aligned) {
        long to = c.s + CpuRegisters.SCRATCH;
        if (bytes <= 8) {
            RawMemory.putLong(to, c.loadOperand(i, bytes));
            return to;
        }
        load(c, address(c, i, bytes, false, aligned), bytes, to);
        return to;
    }

    /** The linear address of a memory operand, with the checks of segment and alignment. */
    private static long address(Cpu c, Insn i, int bytes, boolean write, boolean aligned) {
        long ea = i.ea(c);
        if (aligned && (ea + segmentBase(c, i) & bytes - 1) != 0) {
            throw c.gp(0);
        }
        long va = c.linear(i.segment, ea, bytes, write);
        checkAlignment(c, va, bytes);
        return va;
    }

    private static long segmentBase(Cpu c, Insn i) {
        return c.code64 && i.segment < CpuRegisters.FS ? 0 : c.base(i.segment);
    }

    /** #AC, where alignment is checked: more than 16 are not asked for. */
    static void checkAlignment(Cpu c, long va, int bytes) {
        if (c.view == CpuMemory.VIEW_NONE
                && c.alignmentChecked()
                && (va & Math.min(bytes, 16) - 1) != 0) {
            throw c.raise(GuestFault.AC, 0);
        }
    }

    /** Copies 16 or 32 bytes of guest memory to an address of ours. */
    static void load(Cpu c, long va, int bytes, long to) {
        long host = c.hostForRead(va, bytes);
        if (host != 0) {
            for (int k = 0; k < bytes; k += 8) {
                RawMemory.putLong(to + k, RawMemory.getLong(host + k));
            }
            return;
        }
        c.probeRead(va, bytes);
        for (int k = 0; k < bytes; k += 8) {
            RawMemory.putLong(to + k, c.load64(at(c, va, k)));
        }
    }

    /**
     * Stores 8, 16 or 32 bytes to the memory operand; nothing is stored when a part would fault.
     *
     * @param from an address of ours
     */
    static void store(Cpu c, Insn i, long from, int bytes, boolean aligned) {
        long va = address(c, i, bytes, true, aligned);
        long host = c.hostForWrite(va, bytes);
        if (host != 0) {
            for (int k = 0; k < bytes; k += 8) {
                RawMemory.putLong(host + k, RawMemory.getLong(from + k));
            }
            return;
        }
        c.probeWrite(va, bytes);
        for (int k = 0; k < bytes; k += 8) {
            c.store64(at(c, va, k), RawMemory.getLong(from + k));
        }
    }

    /** Makes sure that {@link #store} of as many bytes, unaligned, will succeed. */
    static void probe(Cpu c, Insn i, int bytes) {
        c.probeWrite(address(c, i, bytes, true, false), bytes);
    }

    /** A linear address some bytes further; outside 64-bit mode they wrap around at 4 GiB. */
    static long at(Cpu c, long va, long distance) {
        return c.code64 ? va + distance : va + distance & 0xffff_ffffL;
    }
}
