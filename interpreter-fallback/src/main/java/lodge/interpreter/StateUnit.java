package lodge.interpreter;

/**
 * FXSAVE, FXRSTOR, XSAVE, XRSTOR and XCR0 (SDM vol. 1, 10.5 and chapter 13). Pointers to the last
 * x87 instruction are saved whether or not an exception waits, as Intel processors do.
 */
final class StateUnit extends Unit {
    enum Op {
        FXSAVE,
        FXRSTOR,
        XSAVE,
        XRSTOR,
        XGETBV,
        XSETBV
    }

    private static final int X87 = 1;
    private static final int SSE = 2;
    private static final int AVX = 4;
    private static final int LEGACY = 512;
    private static final int HEADER = 64;
    private static final int YMM = 576;

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch ((Op) i.op) {
            case FXSAVE -> {
                available(c, true);
                long va = area(c, i, LEGACY, 16, true);
                saveX87(c, i, va);
                if ((c.cr4 & CpuSystem.CR4_OSFXSR) != 0) {
                    saveControl(c, va);
                    saveSse(c, va);
                }
            }
            case FXRSTOR -> restoreLegacy(c, i);
            case XSAVE -> save(c, i);
            case XRSTOR -> restore(c, i);
            case XGETBV -> {
                enabled(c);
                if (c.reg32(CpuRegisters.RCX) != 0) {
                    throw c.gp(0);
                }
                c.setReg32(CpuRegisters.RAX, (int) c.xcr0);
                c.setReg32(CpuRegisters.RDX, (int) (c.xcr0 >>> 32));
            }
            case XSETBV -> {
                enabled(c);
                SystemUnit.privileged(c);
                long value =
                        (long) c.reg32(CpuRegisters.RDX) << 32
                                | c.reg32(CpuRegisters.RAX) & 0xffff_ffffL;
                if (c.reg32(CpuRegisters.RCX) != 0
                        || (value & ~c.system.xcr0Allowed) != 0
                        || (value & X87) == 0
                        || (value & (AVX | SSE)) == AVX) {
                    throw c.gp(0);
                }
                c.xcr0 = value;
            }
        }
    }

    private static void available(Cpu c, boolean emulated) {
        if ((c.cr0 & (CpuSystem.CR0_TS | (emulated ? CpuSystem.CR0_EM : 0))) != 0) {
            throw c.raise(GuestFault.NM);
        }
    }

    private static void enabled(Cpu c) {
        if ((c.cr4 & CpuSystem.CR4_OSXSAVE) == 0) {
            throw c.ud();
        }
    }

    /** Checks the operand; every page of it is looked at before anything is stored or loaded. */
    private static long area(Cpu c, Insn i, int size, int alignment, boolean write) {
        long va = c.linear(i.segment, i.ea(c), size, write);
        if ((va & alignment - 1) != 0) {
            throw c.gp(0);
        }
        if (write) {
            c.probeWrite(va, size);
        } else {
            c.probeRead(va, size);
        }
        return va;
    }

    private static int vectors(Cpu c) {
        return c.code64 ? 16 : 8;
    }

    private static void saveX87(Cpu c, Insn i, long va) {
        X87State x = c.x87;
        c.store16(va, x.fcw);
        c.store16(va + 2, x.fsw);
        c.store16(va + 4, x.abridgedTags());
        c.store16(va + 6, x.fop);
        if (i.w) {
            c.store64(va + 8, x.fip);
            c.store64(va + 16, x.fdp);
        } else {
            c.store64(va + 8, x.fip & 0xffff_ffffL | (long) x.fcs << 32);
            c.store64(va + 16, x.fdp & 0xffff_ffffL | (long) x.fds << 32);
        }
        for (int n = 0; n < 8; n++) {
            c.store64(va + 32 + 16 * n, x.mantissa(n));
            c.store64(va + 40 + 16 * n, x.se(n));
        }
    }

    private static void saveControl(Cpu c, long va) {
        c.store32(va + 24, c.x87.mxcsr);
        c.store32(va + 28, 0xffff);
    }

    private static void saveSse(Cpu c, long va) {
        for (int n = 0; n < vectors(c); n++) {
            c.store64(va + 160 + 16 * n, c.vector(n, 0));
            c.store64(va + 168 + 16 * n, c.vector(n, 1));
        }
    }

    private static void loadX87(Cpu c, Insn i, long va) {
        X87State x = c.x87;
        X87Environment.control(x, c.load16(va));
        x.fsw = c.load16(va + 2);
        int tags = c.load16(va + 4);
        x.fop = c.load16(va + 6) & 0x7ff;
        long ip = c.load64(va + 8);
        long dp = c.load64(va + 16);
        x.fip = i.w ? ip : ip & 0xffff_ffffL;
        x.fcs = i.w ? 0 : (int) (ip >>> 32) & 0xffff;
        x.fdp = i.w ? dp : dp & 0xffff_ffffL;
        x.fds = i.w ? 0 : (int) (dp >>> 32) & 0xffff;
        for (int n = 0; n < 8; n++) {
            x.set(n, c.load16(va + 40 + 16 * n), c.load64(va + 32 + 16 * n));
        }
        x.setAbridgedTags(tags);
        x.summarise();
    }

    private static int loadControl(Cpu c, long va) {
        int mxcsr = c.load32(va + 24);
        if ((mxcsr & 0xffff_0000) != 0) {
            throw c.gp(0);
        }
        return mxcsr;
    }

    private static void loadSse(Cpu c, long va) {
        for (int n = 0; n < vectors(c); n++) {
            c.setVector(n, 0, c.load64(va + 160 + 16 * n));
            c.setVector(n, 1, c.load64(va + 168 + 16 * n));
        }
    }

    private static void restoreLegacy(Cpu c, Insn i) {
        available(c, true);
        long va = area(c, i, LEGACY, 16, false);
        boolean sse = (c.cr4 & CpuSystem.CR4_OSFXSR) != 0;
        int mxcsr = sse ? loadControl(c, va) : c.x87.mxcsr;
        loadX87(c, i, va);
        if (sse) {
            c.x87.mxcsr = mxcsr;
            loadSse(c, va);
        }
    }

    /** The components that the instruction names: EDX:EAX and XCR0. */
    private static int requested(Cpu c) {
        return c.reg32(CpuRegisters.RAX) & (int) c.xcr0 & (X87 | SSE | AVX);
    }

    /** Bytes of the area that the components reach to. */
    private static int size(int components) {
        return (components & AVX) != 0 ? YMM + 256 : LEGACY + HEADER;
    }

    /** XINUSE: which components are not in their initial state (SDM vol. 1, 13.6). */
    private static int inUse(Cpu c) {
        X87State x = c.x87;
        boolean x87 =
                x.fcw != 0x37f
                        || x.fsw != 0
                        || x.ftw != 0xffff
                        || x.fop != 0
                        || x.fip != 0
                        || x.fdp != 0;
        long sse = 0;
        long avx = 0;
        for (int n = 0; n < 16; n++) {
            sse |= c.vector(n, 0) | c.vector(n, 1);
            avx |= c.vector(n, 2) | c.vector(n, 3);
        }
        return (x87 ? X87 : 0) | (sse != 0 ? SSE : 0) | (avx != 0 ? AVX : 0);
    }

    private static void save(Cpu c, Insn i) {
        enabled(c);
        available(c, false);
        int mask = requested(c);
        long va = area(c, i, size(mask), 64, true);
        long present = c.load64(va + LEGACY);
        if ((mask & X87) != 0) {
            saveX87(c, i, va);
        }
        if ((mask & (SSE | AVX)) != 0) {
            saveControl(c, va);
        }
        if ((mask & SSE) != 0) {
            saveSse(c, va);
        }
        if ((mask & AVX) != 0) {
            for (int n = 0; n < vectors(c); n++) {
                c.store64(va + YMM + 16 * n, c.vector(n, 2));
                c.store64(va + YMM + 8 + 16 * n, c.vector(n, 3));
            }
        }
        c.store64(va + LEGACY, present & ~mask | inUse(c) & mask);
    }

    private static void restore(Cpu c, Insn i) {
        enabled(c);
        available(c, false);
        int mask = requested(c);
        long va = area(c, i, size(mask), 64, false);
        long present = c.load64(va + LEGACY);
        // The compacted format does not exist here, so bit 63 of XCOMP_BV is reserved as well.
        if ((present & ~c.xcr0) != 0
                || (c.load64(va + LEGACY + 8) | c.load64(va + LEGACY + 16)) != 0) {
            throw c.gp(0);
        }
        if ((mask & (SSE | AVX)) != 0) {
            c.x87.mxcsr = loadControl(c, va);
        }
        int loaded = mask & (int) present;
        if ((loaded & X87) != 0) {
            loadX87(c, i, va);
        } else if ((mask & X87) != 0) {
            for (int n = 0; n < 8; n++) {
                c.x87.set(n, 0, 0);
            }
            c.x87.init();
        }
        if ((loaded & SSE) != 0) {
            loadSse(c, va);
        } else if ((mask & SSE) != 0) {
            clear(c, 0);
        }
        if ((loaded & AVX) != 0) {
            for (int n = 0; n < vectors(c); n++) {
                c.setVector(n, 2, c.load64(va + YMM + 16 * n));
                c.setVector(n, 3, c.load64(va + YMM + 8 + 16 * n));
            }
        } else if ((mask & AVX) != 0) {
            clear(c, 2);
        }
    }

    private static void clear(Cpu c, int part) {
        for (int n = 0; n < vectors(c); n++) {
            c.setVector(n, part, 0);
            c.setVector(n, part + 1, 0);
        }
    }
}
