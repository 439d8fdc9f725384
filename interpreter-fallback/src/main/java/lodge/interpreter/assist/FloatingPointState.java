package lodge.interpreter.assist;

import lodge.core.cpu.FpuState;

import java.util.Arrays;

/**
 * Instructions that move the state of x87, SSE and AVX as a whole or its control words: LDMXCSR,
 * STMXCSR, FXSAVE, FXRSTOR, XSAVE, XRSTOR, XGETBV and FWAIT (SDM vol. 1, 10.5 and chapter 13; vol.
 * 2).
 */
final class FloatingPointState {
    private static final int FSW = 2;
    private static final int MXCSR = 24;
    private static final int MXCSR_MASK = 28;

    /** The MXCSR bits that every processor with SSE2 and later has (SDM vol. 1, 11.6.6). */
    private static final int MXCSR_BITS = 0xffff;

    private static final int ERROR_SUMMARY = 1 << 7;

    /** x87 registers in the FXSAVE area, and their end. */
    private static final int ST0 = 32;

    private static final int XMM0 = 160;
    private static final int XMM8 = 288;
    private static final int XMM_END = 416;
    private static final int FXSAVE_SIZE = 512;
    private static final int HEADER = 512;
    private static final int AVX = 576;
    private static final int AVX_SIZE = 256;
    private static final int X87_BIT = 1;
    private static final int SSE_BIT = 2;
    private static final int AVX_BIT = 4;

    private final Processor cpu;
    private final LinearSpace space;

    FloatingPointState(Processor cpu, LinearSpace space) {
        this.cpu = cpu;
        this.space = space;
    }

    private int word(int at) {
        return word(cpu.fpu.xsave(), at);
    }

    private static void put(byte[] area, int at, long value, int size) {
        for (int i = 0; i < size; i++) {
            area[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** What every SSE instruction asks first (SDM vol. 3A, table 14-1 and 14.1). */
    private void checkSse() throws GuestFault {
        if (cpu.cr0(Processor.CR0_EM) || !cpu.cr4(Processor.CR4_OSFXSR)) {
            throw GuestFault.plain(GuestFault.INVALID_OPCODE);
        }
        checkTaskSwitched();
    }

    private void checkTaskSwitched() throws GuestFault {
        if (cpu.cr0(Processor.CR0_TS)) {
            throw GuestFault.plain(GuestFault.DEVICE_NOT_AVAILABLE);
        }
    }

    private static void checkMxcsr(long value) throws GuestFault {
        if ((value & ~MXCSR_BITS) != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
    }

    void ldmxcsr(Instruction instruction) throws Abandon {
        checkSse();
        long value = space.load(instruction.operandAddress(4, false), 4, space.programs(0));
        checkMxcsr(value);
        byte[] area = cpu.fpu.xsave().clone();
        put(area, MXCSR, value, 4);
        cpu.fpu = new FpuState(area);
    }

    void stmxcsr(Instruction instruction) throws Abandon {
        checkSse();
        space.store(instruction.operandAddress(4, true), 4, word(MXCSR), space.programs(0));
    }

    /** WAIT (SDM vol. 2D, WAIT/FWAIT). */
    void fwait() throws Abandon {
        if (cpu.cr0(Processor.CR0_MP) && cpu.cr0(Processor.CR0_TS)) {
            throw GuestFault.plain(GuestFault.DEVICE_NOT_AVAILABLE);
        }
        if ((cpu.fpu.xsave()[FSW] & ERROR_SUMMARY) == 0) {
            return;
        }
        if (!cpu.cr0(Processor.CR0_NE)) {
            throw new NotMine("FERR#");
        }
        throw GuestFault.plain(GuestFault.FLOATING_POINT);
    }

    private void checkFxsave() throws GuestFault {
        if (cpu.cr0(Processor.CR0_EM) || cpu.cr0(Processor.CR0_TS)) {
            throw GuestFault.plain(GuestFault.DEVICE_NOT_AVAILABLE);
        }
    }

    private static void checkAligned(long address, int alignment) throws GuestFault {
        if ((address & alignment - 1) != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
    }

    /** How far the XMM registers reach: 16 in 64-bit mode, else 8. */
    private int xmmEnd() {
        return cpu.code64() ? XMM_END : XMM8;
    }

    /** FXSAVE64 has the image of the state itself; FXSAVE in the other form is not known. */
    void fxsave(Instruction instruction) throws Abandon {
        checkFxsave();
        if (!instruction.rexW()) {
            // Selectors instead of the upper halves of the last instruction's pointers.
            throw new NotMine("32-bit form of FXSAVE");
        }
        long address = instruction.operandAddress(FXSAVE_SIZE, true);
        checkAligned(address, 16);
        copyOut(address, 0, ST0);
        copyOut(address, ST0, XMM0);
        if (cpu.cr4(Processor.CR4_OSFXSR)) {
            copyOut(address, XMM0, xmmEnd());
        }
    }

    void fxrstor(Instruction instruction) throws Abandon {
        checkFxsave();
        if (!instruction.rexW()) {
            throw new NotMine("32-bit form of FXRSTOR");
        }
        long address = instruction.operandAddress(FXSAVE_SIZE, false);
        checkAligned(address, 16);
        byte[] area = cpu.fpu.xsave().clone();
        copyIn(area, address, 0, XMM0);
        if (cpu.cr4(Processor.CR4_OSFXSR)) {
            long mxcsr = space.load(address + MXCSR, 4, space.programs(0));
            checkMxcsr(mxcsr);
            copyIn(area, address, XMM0, xmmEnd());
        } else {
            put(area, MXCSR, word(MXCSR), 4);
        }
        put(area, MXCSR_MASK, word(MXCSR_MASK), 4);
        cpu.fpu = new FpuState(area);
    }

    private void copyOut(long address, int from, int to) throws Abandon {
        byte[] area = cpu.fpu.xsave();
        for (int i = from; i < to; i += 4) {
            space.store(address + i, 4, word(area, i), space.programs(0));
        }
    }

    private static int word(byte[] area, int at) {
        return area[at] & 0xff
                | (area[at + 1] & 0xff) << 8
                | (area[at + 2] & 0xff) << 16
                | (area[at + 3] & 0xff) << 24;
    }

    private void copyIn(byte[] area, long address, int from, int to) throws Abandon {
        for (int i = from; i < to; i += 4) {
            put(area, i, space.load(address + i, 4, space.programs(0)), 4);
        }
    }

    /** XGETBV (SDM vol. 2D): XCR0 alone; XCR1 tells of components in use, which is not known. */
    void xgetbv() throws Abandon {
        if (!cpu.cr4(Processor.CR4_OSXSAVE)) {
            throw GuestFault.plain(GuestFault.INVALID_OPCODE);
        }
        int index = (int) cpu.registers[Processor.RCX];
        if (index == 1) {
            throw new NotMine("XCR1");
        }
        if (index != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        long value = cpu.control.xcr0();
        cpu.setRegister(Processor.RAX, 4, value);
        cpu.setRegister(Processor.RDX, 4, value >>> 32);
    }

    /** What XSAVE and XRSTOR ask first, and the components they are to move (SDM vol. 1, 13.3). */
    private long components() throws Abandon {
        if (!cpu.cr4(Processor.CR4_OSXSAVE)) {
            throw GuestFault.plain(GuestFault.INVALID_OPCODE);
        }
        checkTaskSwitched();
        long mask =
                cpu.registers[Processor.RDX] << 32 | cpu.registers[Processor.RAX] & 0xffff_ffffL;
        long wanted = mask & cpu.control.xcr0();
        boolean room = (wanted & AVX_BIT) == 0 || cpu.fpu.xsave().length >= AVX + AVX_SIZE;
        if ((wanted & ~(X87_BIT | SSE_BIT | AVX_BIT)) != 0 || !room) {
            throw new NotMine("component beyond AVX");
        }
        return wanted;
    }

    /**
     * XRSTOR from a standard area (SDM vol. 1, 13.8.1); the compacted form is not known. A
     * component that the area holds no state of gets its initial one.
     */
    void xrstor(Instruction instruction) throws Abandon {
        long wanted = components();
        long address = instruction.operandAddress(AVX, false);
        checkAligned(address, 64);
        int access = space.programs(0);
        long held = space.load(address + HEADER, 8, access);
        long form = space.load(address + HEADER + 8, 8, access);
        if (form < 0) {
            throw new NotMine("compacted XSAVE area");
        }
        if (form != 0
                || space.load(address + HEADER + 16, 8, access) != 0
                || (held & ~cpu.control.xcr0()) != 0) {
            throw GuestFault.coded(GuestFault.PROTECTION, 0);
        }
        if (!instruction.rexW() && (wanted & held & X87_BIT) != 0) {
            throw new NotMine("32-bit form of XRSTOR");
        }
        byte[] area = cpu.fpu.xsave().clone();
        byte[] initial = FpuState.reset().xsave();
        if ((wanted & X87_BIT) != 0) {
            if ((held & X87_BIT) != 0) {
                copyIn(area, address, 0, MXCSR);
                copyIn(area, address, ST0, XMM0);
            } else {
                System.arraycopy(initial, 0, area, 0, MXCSR);
                // FNINIT's control word, not reset's (SDM vol. 1, 13.6).
                put(area, 0, 0x37f, 2);
                System.arraycopy(initial, ST0, area, ST0, XMM0 - ST0);
            }
        }
        if ((wanted & (SSE_BIT | AVX_BIT)) != 0) {
            long mxcsr = space.load(address + MXCSR, 4, access);
            checkMxcsr(mxcsr);
            put(area, MXCSR, mxcsr, 4);
        }
        if ((wanted & SSE_BIT) != 0) {
            part(area, address, XMM0, xmmEnd(), (held & SSE_BIT) != 0);
        }
        if ((wanted & AVX_BIT) != 0) {
            int end = AVX + (cpu.code64() ? AVX_SIZE : AVX_SIZE / 2);
            part(area, address, AVX, end, (held & AVX_BIT) != 0);
        }
        cpu.fpu = new FpuState(area);
    }

    private void part(byte[] area, long address, int from, int to, boolean held) throws Abandon {
        if (held) {
            copyIn(area, address, from, to);
        } else {
            Arrays.fill(area, from, to, (byte) 0);
        }
    }

    /** XSAVE (SDM vol. 1, 13.7). Every component counts as in use, as it may on any processor. */
    void xsave(Instruction instruction) throws Abandon {
        long wanted = components();
        if (!instruction.rexW() && (wanted & X87_BIT) != 0) {
            throw new NotMine("32-bit form of XSAVE");
        }
        long address = instruction.operandAddress(AVX, true);
        checkAligned(address, 64);
        int access = space.programs(0);
        long held = space.load(address + HEADER, 8, access | Paging.WRITE);
        if ((wanted & X87_BIT) != 0) {
            copyOut(address, 0, MXCSR);
            copyOut(address, ST0, XMM0);
        }
        if ((wanted & (SSE_BIT | AVX_BIT)) != 0) {
            copyOut(address, MXCSR, ST0);
        }
        if ((wanted & SSE_BIT) != 0) {
            copyOut(address, XMM0, xmmEnd());
        }
        if ((wanted & AVX_BIT) != 0) {
            copyOut(address, AVX, AVX + (cpu.code64() ? AVX_SIZE : AVX_SIZE / 2));
        }
        space.store(address + HEADER, 8, held & ~wanted | wanted, access);
    }

    /** Returns whether the area has the size that it must have. */
    static boolean known(Processor cpu) {
        return cpu.fpu.xsave().length >= FpuState.MINIMUM_SIZE;
    }
}
