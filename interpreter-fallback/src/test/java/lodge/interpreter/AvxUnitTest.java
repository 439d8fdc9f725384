package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What exists under VEX only. */
class AvxUnitTest {
    private static final long A = 0x1111_1111_0000_0000L;
    private static final long B = 0x3333_3333_2222_2222L;
    private static final long C = 0x5555_5555_4444_4444L;
    private static final long D = 0x7777_7777_6666_6666L;

    private static VectorBench bench() {
        return new VectorBench().set(1, A, B, C, D).set(2, ~A, ~B, ~C, ~D);
    }

    @Test
    void vzeroupperAndVzeroallReachAllRegisters() {
        try (VectorBench b = bench()) {
            b.run("c5 f8 77").expect(1, A, B, 0, 0);
            assertEquals(0, b.cpu.vector(15, 2));
            assertEquals(~15, b.cpu.vector(15, 1));
            b.run("c5 fc 77").expect(1, 0, 0, 0, 0).expect(15, 0, 0, 0, 0);
        }
    }

    @Test
    void vzeroallLeavesTheUpperRegistersOutside64BitMode() {
        try (VectorBench b = bench()) {
            b.bench.flat32();
            b.cpu.cr4 |= CpuSystem.CR4_OSXSAVE;
            assertEquals(-1, b.general("c5 fc 77"));
            b.expect(7, 0, 0, 0, 0);
            assertEquals(~8, b.cpu.vector(8, 1));
        }
    }

    @Test
    void broadcastsRepeatOneElement() {
        try (VectorBench b = bench()) {
            b.memory(0, 0x8765_4321_1234_5678L, 5);
            b.run("c4 e2 7d 78 1b"); // vpbroadcastb ymm3,[rbx]
            b.expect(3, 0x7878_7878_7878_7878L, 0x7878_7878_7878_7878L, 0x7878_7878_7878_7878L);
            b.run("c4 e2 79 79 1b"); // vpbroadcastw xmm3,[rbx]
            b.expect(3, 0x5678_5678_5678_5678L, 0x5678_5678_5678_5678L, 0, 0);
            b.run("c4 e2 7d 58 d9").expect(3, 0, 0, 0, 0); // vpbroadcastd ymm3,xmm1
            b.run("c4 e2 7d 59 d9").expect(3, A, A, A, A); // vpbroadcastq ymm3,xmm1
            b.run("c4 e2 7d 1a 1b"); // vbroadcastf128 ymm3,[rbx]
            b.expect(3, 0x8765_4321_1234_5678L, 5, 0x8765_4321_1234_5678L, 5);
        }
    }

    @Test
    void permutationsCross128Bits() {
        try (VectorBench b = bench()) {
            b.run("c4 e3 fd 00 d9 1b").expect(3, D, C, B, A); // vpermq ymm3,ymm1,1bh
            b.run("c4 e3 75 06 da 21").expect(3, C, D, ~A, ~B); // vperm2f128 ymm3,ymm1,ymm2,21h
            b.run("c4 e3 75 46 da 83").expect(3, ~C, ~D, 0, 0); // vperm2i128 with zeroing
            b.set(4, 0x0000_0000_0000_0007L, 0x0000_0001_0000_0006L, 0x0f_0000_0008L, 0);
            b.run("c4 e2 5d 36 d9"); // vpermd ymm3,ymm4,ymm1
            b.expect(3, 0x7777_7777L, 0x1111_1111_6666_6666L, 0x7777_7777_0000_0000L, 0);
        }
    }

    @Test
    void partsAreInsertedAndExtracted() {
        try (VectorBench b = bench()) {
            b.run("c4 e3 75 18 da 01").expect(3, A, B, ~A, ~B); // vinsertf128 ymm3,ymm1,xmm2,1
            b.run("c4 e3 75 38 ca 00").expect(1, ~A, ~B, C, D); // vinserti128 onto itself
            b.run("c4 e3 7d 19 cb 01").expect(3, C, D, 0, 0); // vextractf128 xmm3,ymm1,1
            b.run("c4 e3 7d 39 0b 01"); // vextracti128 [rbx],ymm1,1
            assertEquals(C, b.memory(0));
            assertEquals(D, b.memory(8));
        }
    }

    /** Page at 2 MiB is not present; RBX points 8 bytes below it. */
    private static VectorBench edge() {
        VectorBench b = bench();
        b.bench.memory.writeLong(0x82000 + 8, 0);
        b.cpu.setReg64(CpuRegisters.RBX, 0x20_0000 - 8);
        b.cpu.cr3 = 0x80000;
        return b;
    }

    @Test
    void maskedAccessTouchesOnlyChosenElements() {
        try (VectorBench b = edge()) {
            b.set(4, Long.MIN_VALUE >>> 32, 0, 0, 0);
            assertEquals(-1, b.fault("c4 e2 5d 2c 1b")); // vmaskmovps ymm3,ymm4,[rbx]
            b.set(4, 0, 1L << 63, 0, 0);
            assertEquals(GuestFault.PF, b.fault("c4 e2 5d 2c 1b"));
            assertEquals(0x20_0004, b.cpu.cr2);
            assertEquals(GuestFault.PF, b.fault("c4 e2 5d 2e 0b")); // vmaskmovps [rbx],ymm4,ymm1
        }
        try (VectorBench b = bench()) {
            b.memory(0, 1, 2, 3, 4).set(4, -1, 0, 0, -1);
            b.run("c4 e2 dd 8c 1b").expect(3, 1, 0, 0, 4); // vpmaskmovq ymm3,ymm4,[rbx]
            b.run("c4 e2 dd 8e 0b"); // vpmaskmovq [rbx],ymm4,ymm1
            assertEquals(A, b.memory(0));
            assertEquals(2, b.memory(8));
            assertEquals(3, b.memory(16));
            assertEquals(D, b.memory(24));
        }
    }

    @Test
    void gathersLoadByIndicesAndClearTheMask() {
        try (VectorBench b = bench()) {
            b.memory(0, 0x1_0000_0000L, 0x3_0000_0002L, 0x5_0000_0004L);
            b.set(4, 0x0000_0001_0000_0005L, 0x0000_0000_0000_0003L, 9, 9);
            b.set(5, 0x8000_0000_8000_0000L, 0x0000_0000_8000_0000L, 7, 7).set(3, -1, -1, -1, -1);
            b.run("c4 e2 51 90 1c a3"); // vpgatherdd xmm3,[rbx+xmm4*4],xmm5
            b.expect(3, 0x0000_0001_0000_0005L, 0xffff_ffff_0000_0003L, 0, 0);
            b.expect(5, 0, 0, 0, 0);
            b.set(4, 2, 0, -1, 0).set(5, -1, -1, 0, -1).set(3, 8, 8, 8, 8);
            b.run("c4 e2 d5 91 1c e3"); // vpgatherqq ymm3,[rbx+ymm4*8],ymm5
            b.expect(3, 0x5_0000_0004L, 0x1_0000_0000L, 8, 0x1_0000_0000L).expect(5, 0, 0, 0, 0);
        }
    }

    @Test
    void aFaultInAGatherKeepsWhatWasLoaded() {
        try (VectorBench b = edge()) {
            b.set(4, 0, 1, 0, 0).set(5, -1, -1, -1, -1).set(3, 1, 2, 3, 4);
            assertEquals(GuestFault.PF, b.fault("c4 e2 d5 91 1c e3"));
            b.expect(5, 0, -1, -1, -1);
            assertEquals(2, b.cpu.vector(3, 1));
        }
    }

    @Test
    void aGatherNeedsThreeDifferentRegisters() {
        try (VectorBench b = bench()) {
            assertEquals(GuestFault.UD, b.fault("c4 e2 51 90 1c ab")); // index and mask
            assertEquals(GuestFault.UD, b.fault("c4 e2 51 90 2c a3")); // destination and mask
            assertEquals(GuestFault.UD, b.fault("c4 e2 51 90 24 a3")); // destination and index
            assertEquals(GuestFault.UD, b.fault("c4 e2 51 90 1b")); // no SIB byte
        }
    }
}
