package lodge.interpreter;

import java.security.SecureRandom;

/** System instructions, but for those that load segments or transfer control. */
final class SystemUnit extends Unit {
    enum Op {
        CLTS,
        INVD,
        WBINVD,
        MOV_FROM_CR,
        MOV_TO_CR,
        MOV_FROM_DR,
        MOV_TO_DR,
        INVLPG,
        INVPCID,
        WRMSR,
        RDMSR,
        RDTSC,
        RDPMC,
        RDTSCP,
        RDPID,
        CPUID,
        CLAC,
        STAC,
        RDRAND,
        RDSEED
    }

    @Override
    Enum<?> operation(String name) {
        return Op.valueOf(name);
    }

    @Override
    void exec(Cpu c, Insn i) {
        switch ((Op) i.op) {
            case CLTS -> {
                privileged(c);
                c.cr0 &= ~CpuSystem.CR0_TS;
            }
            // There is no cache to write back.
            case INVD, WBINVD -> privileged(c);
            case MOV_FROM_CR -> moveFromControl(c, i);
            case MOV_TO_CR -> moveToControl(c, i);
            case MOV_FROM_DR -> {
                debugRegister(c, i);
                c.setReg(8 * i.rm, width(c), c.debug.read(i.reg));
            }
            case MOV_TO_DR -> {
                debugRegister(c, i);
                c.debug.write(i.reg, c.reg(8 * i.rm, width(c)));
            }
            case INVLPG -> {
                privileged(c);
                long va =
                        i.ea(c) + (c.code64 && i.segment < CpuRegisters.FS ? 0 : c.base(i.segment));
                c.flushPage(c.code64 ? va : va & 0xffff_ffffL);
            }
            case INVPCID -> invalidate(c, i);
            case WRMSR -> {
                privileged(c);
                if (!c.system.writeMsr(c.reg32(CpuRegisters.RCX), pair(c))) {
                    throw c.gp(0);
                }
            }
            case RDMSR -> {
                privileged(c);
                if (!c.system.readMsr(c.reg32(CpuRegisters.RCX))) {
                    throw c.gp(0);
                }
                result(c, c.system.msrValue);
            }
            case RDTSC -> {
                timeAllowed(c);
                result(c, c.system.tsc());
            }
            case RDTSCP -> {
                timeAllowed(c);
                result(c, c.system.tsc());
                c.setReg32(CpuRegisters.RCX, (int) c.system.tscAux);
            }
            case RDPID -> c.setReg(8 * i.rm, c.code64 ? 8 : 4, c.system.tscAux);
            // No counter exists, so whatever ECX names is not one (SDM vol. 2B, RDPMC).
            case RDPMC -> throw c.gp(0);
            case CPUID -> c.system.cpuid();
            case CLAC, STAC -> {
                if (c.cpl != 0) {
                    throw c.ud();
                }
                c.writeFlags(i.op == Op.STAC ? CpuRegisters.AC : 0, CpuRegisters.AC);
            }
            case RDRAND, RDSEED -> {
                c.setReg(8 * i.rm, i.size, Entropy.next());
                c.setArithmetic(CpuRegisters.CF);
            }
        }
    }

    /** The host's source of random numbers. */
    private static final class Entropy {
        private static final SecureRandom RANDOM = new SecureRandom();

        static long next() {
            return RANDOM.nextLong();
        }
    }

    /** DR8 to DR15 do not exist, which is found before the privilege is looked at. */
    private static void debugRegister(Cpu c, Insn i) {
        if (i.reg > 7) {
            throw c.ud();
        }
        privileged(c);
    }

    static void privileged(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp(0);
        }
    }

    private static int width(Cpu c) {
        return c.code64 ? 8 : 4;
    }

    private static void timeAllowed(Cpu c) {
        if (c.cpl != 0 && (c.cr4 & CpuSystem.CR4_TSD) != 0) {
            throw c.gp(0);
        }
    }

    private static long pair(Cpu c) {
        return (long) c.reg32(CpuRegisters.RDX) << 32 | c.reg32(CpuRegisters.RAX) & 0xffff_ffffL;
    }

    private static void result(Cpu c, long value) {
        c.setReg32(CpuRegisters.RAX, (int) value);
        c.setReg32(CpuRegisters.RDX, (int) (value >>> 32));
    }

    private static void moveFromControl(Cpu c, Insn i) {
        long value =
                switch (i.reg) {
                    case 0 -> c.cr0;
                    case 2 -> c.cr2;
                    case 3 -> c.cr3;
                    case 4 -> c.cr4;
                    case 8 -> c.apic.cr8();
                    default -> throw c.ud();
                };
        privileged(c);
        c.setReg(8 * i.rm, width(c), value);
    }

    private static void moveToControl(Cpu c, Insn i) {
        long value = c.reg(8 * i.rm, width(c));
        if (i.reg != 0 && i.reg != 2 && i.reg != 3 && i.reg != 4 && i.reg != 8) {
            throw c.ud();
        }
        privileged(c);
        switch (i.reg) {
            case 0 -> c.system.writeCr0(value);
            case 2 -> c.cr2 = value;
            case 3 -> c.system.writeCr3(value);
            case 4 -> c.system.writeCr4(value);
            default -> {
                if ((value & ~0xfL) != 0) {
                    throw c.gp(0);
                }
                c.apic.cr8((int) value);
                c.attention(Cpu.INTERRUPT);
            }
        }
    }

    /** INVPCID (SDM vol. 2A): every type drops more than it must, which is allowed. */
    private static void invalidate(Cpu c, Insn i) {
        privileged(c);
        long at = c.linear(i.segment, i.ea(c), 16, false);
        c.probeRead(at, 16);
        long descriptor = c.load64(at);
        long address = c.load64(at + 8);
        long type = c.reg(8 * i.reg, width(c));
        if (Long.compareUnsigned(type, 3) > 0) {
            throw c.gp(0);
        }
        boolean pcids = (c.cr4 & CpuSystem.CR4_PCIDE) != 0;
        if (type <= 1 && ((descriptor & ~0xfffL) != 0 || !pcids && (descriptor & 0xfff) != 0)
                || type == 0 && !c.canonical(address)) {
            throw c.gp(0);
        }
        if (type == 0) {
            c.flushPage(address);
        } else {
            c.flush(type == 2);
        }
    }
}
