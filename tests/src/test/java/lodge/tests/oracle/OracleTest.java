package lodge.tests.oracle;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.HexFormat;

/** The oracle itself, by instructions whose results the SDM tells. */
class OracleTest {
    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSP = 4;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final long CF = 1;
    private static final long AF = 0x10;
    private static final long ZF = 0x40;
    private static final long TF = 0x100;
    private static final long AC = 0x4_0000;

    private static Oracle oracle;

    private final StateBefore before = new StateBefore();
    private final StateAfter after = new StateAfter();

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Oracle.missing().ifPresent(reason -> assumeTrue(false, "Skipped: " + reason));
        oracle = Oracle.start(512);
    }

    @AfterAll
    static void stop() throws IOException {
        if (oracle != null) {
            oracle.close();
        }
    }

    @BeforeEach
    void fresh() {
        oracle.view(0, 0, before, after);
        before.reset();
    }

    private void run(String code) throws IOException {
        runAt(OracleLayout.slot(0), code);
    }

    private void runAt(long slot, String code) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        for (int i = 0; i < bytes.length; i++) {
            before.code(i, bytes[i]);
        }
        before.place(bytes.length, slot);
        oracle.submit(0, 1);
        oracle.await(0);
    }

    private void raises(int vector, long error) {
        assertEquals(StateAfter.EXCEPTION, after.kind(), "kind");
        assertEquals(vector, after.vector(), "vector");
        assertEquals(error, after.error(), "error code");
        assertEquals(before.rip(), after.rip(), "RIP is at the instruction that failed");
    }

    @Test
    void additionCarriesOverAndSetsFlags() throws IOException {
        before.gpr(RAX, -1);
        before.gpr(RBX, 1);
        run("48 01 d8"); // add rax, rbx
        assertAll(
                () -> assertEquals(StateAfter.COMPLETED, after.kind()),
                () -> assertEquals(0, after.gpr(RAX)),
                () -> assertEquals(OracleLayout.slot(0), after.rip()),
                () -> assertEquals(CF | ZF | AF | 4, after.rflags() & 0x8d5));
    }

    @Test
    void everyGeneralRegisterArrivesAndComesBack() throws IOException {
        for (int i = 0; i < 16; i++) {
            before.gpr(i, 0x0101_0101_0101_0101L * (i + 1));
        }
        run("90");
        for (int i = 0; i < 16; i++) {
            assertEquals(before.gpr(i), after.gpr(i), "register " + i);
        }
        assertEquals(0, after.changes());
    }

    @Test
    void everyVectorRegisterArrivesAndComesBack() throws IOException {
        for (int i = 0; i < 32; i++) {
            before.putLong(OracleLayout.XMM + i * 8L, i + 0x1111L);
            before.putLong(OracleLayout.YMM_HIGH + i * 8L, oracle.hasAvx() ? i + 0x2222L : 0);
        }
        run("0f 0b"); // through the signal frame
        sameVectors();
        run("90");
        sameVectors();
    }

    private void sameVectors() {
        for (int i = 0; i < 32; i++) {
            assertEquals(
                    before.getLong(OracleLayout.XMM + i * 8L),
                    after.getLong(OracleLayout.XMM + i * 8L),
                    "XMM, word " + i);
            assertEquals(
                    before.getLong(OracleLayout.YMM_HIGH + i * 8L),
                    after.getLong(OracleLayout.YMM_HIGH + i * 8L),
                    "upper half of YMM, word " + i);
        }
    }

    @Test
    void undefinedInstructionRaisesUd() throws IOException {
        run("0f 0b");
        raises(6, 0);
    }

    @Test
    void divisionByZeroRaisesDe() throws IOException {
        run("f7 f1"); // div ecx
        raises(0, 0);
    }

    @Test
    void privilegedInstructionRaisesGp() throws IOException {
        run("f4"); // hlt
        raises(13, 0);
    }

    @Test
    void addressThatIsNotCanonicalRaisesGpOrSs() throws IOException {
        before.gpr(RBX, 0x8000_0000_0000_0000L);
        run("48 8b 03"); // mov rax, [rbx]
        raises(13, 0);
        before.gpr(RSP, 0x8000_0000_0000_0000L);
        run("50"); // push rax
        raises(12, 0);
    }

    @Test
    void missingPageRaisesPfWithAddress() throws IOException {
        before.gpr(RBX, OracleLayout.DATA - 3);
        run("48 8b 03"); // crosses into the page that exists
        raises(14, 4);
        assertEquals(OracleLayout.DATA - 3, after.address());
        run("48 89 03");
        raises(14, 6);
        before.gpr(RBX, OracleLayout.READ_ONLY - 4);
        run("48 89 03"); // starts in a page that can be written
        raises(14, 7);
        assertEquals(OracleLayout.READ_ONLY, after.address());
        assertEquals(0, after.changes());
    }

    @Test
    void storeIsReportedAsChangedWords() throws IOException {
        before.windowOffset(OracleLayout.PAGE - 64);
        before.window(56, 0x1111_1111_1111_1111L);
        before.window(64, 0x2222_2222_2222_2222L);
        before.gpr(RBX, OracleLayout.DATA + OracleLayout.PAGE - 4);
        before.gpr(RAX, 0x0102_0304_0506_0708L);
        run("48 89 03"); // mov [rbx], rax: over the edge of a page
        assertAll(
                () -> assertEquals(2, after.changes()),
                () -> assertEquals(OracleLayout.DATA + 4088, after.changeAddress(0)),
                () -> assertEquals(0x0506_0708_1111_1111L, after.changeValue(0)),
                () -> assertEquals(OracleLayout.DATA + 4096, after.changeAddress(1)),
                () -> assertEquals(0x2222_2222_0102_0304L, after.changeValue(1)));
        long hash = after.hash();
        after.clearChanges();
        after.addChange(OracleLayout.DATA + 4088, 0x0506_0708_1111_1111L);
        after.addChange(OracleLayout.DATA + 4096, 0x2222_2222_0102_0304L);
        assertEquals(hash, after.hash(), "both sides compute the same digest");
        run("90");
        assertEquals(0, after.changes(), "memory is as before again");
    }

    @Test
    void pushChangesTheStack() throws IOException {
        before.gpr(RAX, 0x1234);
        run("50");
        assertEquals(1, after.changes());
        assertEquals(before.gpr(RSP) - 8, after.changeAddress(0));
        assertEquals(0x1234, after.changeValue(0));
    }

    @Test
    void repeatedMoveStopsAtAMissingPage() throws IOException {
        before.gpr(RSI, OracleLayout.DATA);
        before.gpr(RDI, OracleLayout.STACK + OracleLayout.PAGE - 16);
        before.gpr(RCX, 100);
        run("f3 a4");
        raises(14, 6);
        assertAll(
                () -> assertEquals(84, after.gpr(RCX)),
                () -> assertEquals(OracleLayout.DATA + 16, after.gpr(RSI)),
                () -> assertEquals(OracleLayout.STACK + OracleLayout.PAGE, after.address()),
                () -> assertEquals(2, after.changes()));
    }

    @Test
    void trapFlagStopsARepeatedMoveAfterOneIteration() throws IOException {
        before.rflags(0x202 | TF);
        before.gpr(RSI, OracleLayout.DATA);
        before.gpr(RDI, OracleLayout.STACK);
        before.gpr(RCX, 3);
        run("f3 a4");
        raises(1, 0);
        assertEquals(2, after.gpr(RCX));
    }

    @Test
    void trapFlagTellsWhereAnInstructionEnds() throws IOException {
        before.rflags(0x202 | TF);
        run("66 90 90 90 90 90 90 90");
        assertEquals(1, after.vector());
        assertEquals(before.rip() + 2, after.rip());
        assertEquals(TF, after.rflags() & TF);
    }

    @Test
    void jumpsAreFollowed() throws IOException {
        before.rflags(0x202 | TF);
        before.gpr(RBX, OracleLayout.DATA + 5); // pages that cannot be executed
        run("ff e3");
        assertEquals(1, after.vector());
        assertEquals(OracleLayout.DATA + 5, after.rip());
        run("ff d3"); // call rbx
        assertEquals(OracleLayout.DATA + 5, after.rip());
        assertEquals(before.gpr(RSP) - 8, after.gpr(RSP));
        assertEquals(OracleLayout.slot(0), after.changeValue(0));
        before.rflags(0x202);
        run("eb 7e");
        assertEquals(StateAfter.TRANSFERRED, after.kind());
        assertEquals(OracleLayout.slot(0) + 0x7e, after.rip());
    }

    @Test
    void instructionMayCrossPages() throws IOException {
        for (int i = 0; i < OracleLayout.slots(); i++) {
            runAt(OracleLayout.slot(i), "48 b8 01 02 03 04 05 06 07 08");
            assertEquals(StateAfter.COMPLETED, after.kind());
            assertEquals(0x0807_0605_0403_0201L, after.gpr(RAX));
            assertEquals(OracleLayout.slot(i), after.rip());
        }
    }

    @Test
    void instructionThatGoesOnInAMissingPageFaults() throws IOException {
        before.rflags(0x202 | TF);
        runAt(OracleLayout.LAST_SLOT, "48 b8 01");
        raises(14, 0x14);
        assertEquals(OracleLayout.LAST_SLOT, after.address());
    }

    @Test
    void instructionLongerThan15BytesRaisesGp() throws IOException {
        run("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66");
        raises(13, 0);
    }

    @Test
    void wrongLengthIsNoticed() throws IOException {
        run("48 b8 01"); // takes seven bytes of what follows
        assertEquals(StateAfter.TRANSFERRED, after.kind());
    }

    @Test
    void x87ComputesInEightyBits() throws IOException {
        run("d9 eb"); // fldpi
        assertAll(
                () -> assertEquals(0xc90f_daa2_2168_c235L, after.getLong(OracleLayout.X87 + 32)),
                () -> assertEquals(0x4000, after.getInt(OracleLayout.X87 + 40) & 0xffff),
                () -> assertEquals(7 << 11, after.getInt(OracleLayout.X87) >>> 16),
                () -> assertEquals(0x80, after.getInt(OracleLayout.X87 + 4) & 0xff));
    }

    @Test
    void pendingX87ExceptionRaisesMf() throws IOException {
        before.putInt(OracleLayout.X87, 0x8084_037b); // B, ES and ZE of the status; ZE unmasked
        run("9b"); // fwait
        raises(16, 0);
    }

    @Test
    void unmaskedSimdExceptionRaisesXm() throws IOException {
        before.mxcsr(0x1d80); // ZE unmasked
        before.putInt(OracleLayout.XMM, 0x3f80_0000);
        run("0f 5e c1"); // divps xmm0, xmm1
        raises(19, 0);
        assertEquals(0x1d85, after.mxcsr(), "ZE and, by the zeroes over zero, IE");
    }

    @Test
    void reservedBitInMxcsrCannotBeLoaded() throws IOException {
        before.mxcsr(0x8000_1f80);
        run("90");
        assertEquals(StateAfter.NOT_LOADED, after.kind());
    }

    @Test
    void alignmentIsCheckedWithAc() throws IOException {
        before.rflags(0x202 | AC);
        before.gpr(RBX, OracleLayout.DATA + 1);
        run("48 8b 03");
        raises(17, 0);
        before.gpr(RBX, OracleLayout.DATA);
        run("48 8b 03");
        assertEquals(StateAfter.COMPLETED, after.kind());
        assertEquals(AC, after.rflags() & AC);
    }

    @Test
    void breakpointIsAnException() throws IOException {
        run("cc");
        assertEquals(StateAfter.EXCEPTION, after.kind());
        assertEquals(3, after.vector());
        assertEquals(OracleLayout.slot(0), after.rip());
    }

    @Test
    void systemCallsDoNotHappen() throws IOException {
        before.gpr(RAX, 231); // exit_group
        run("0f 05");
        assertEquals(31, after.signal(), "SIGSYS");
        before.gpr(RAX, 1); // exit
        run("cd 80");
        assertEquals(31, after.signal(), "SIGSYS");
    }

    @Test
    void endlessLoopIsEnded() throws IOException {
        run("eb fe");
        assertEquals(StateAfter.TIMEOUT, after.kind());
        assertEquals(before.rip(), after.rip());
    }

    @Test
    void compatibilityModeExecutes32BitCode() throws IOException {
        before.mode(true, false);
        before.gpr(RAX, 0xffff_ffffL);
        runAt(OracleLayout.COMPATIBILITY_SLOT, "40"); // inc eax; a REX prefix in 64-bit mode
        assertEquals(StateAfter.COMPLETED, after.kind());
        assertEquals(0, after.gpr(RAX));
        before.rflags(0x202 | TF);
        runAt(OracleLayout.COMPATIBILITY_SLOT, "40");
        assertEquals(1, after.vector());
        assertEquals(0, after.gpr(RAX));
    }

    @Test
    void segmentBasesAreOurs() throws IOException {
        before.windowOffset(0);
        before.window(0x40, 0x4444);
        before.window(0x48, 0x5555);
        before.gpr(RBX, OracleLayout.DATA);
        run("64 48 8b 03"); // mov rax, fs:[rbx]
        assertEquals(0x4444, after.gpr(RAX));
        before.gpr(RBX, OracleLayout.DATA - 0x38);
        run("65 48 8b 13"); // mov rdx, gs:[rbx]
        assertEquals(0x5555, after.gpr(RDX));
    }

    @Test
    void malformedRecordIsRefused() throws IOException {
        before.windowOffset(OracleLayout.DATA_SIZE);
        run("90");
        assertEquals(StateAfter.REFUSED, after.kind());
    }

    /** A figure for the log; what it must be for the suite's time is RealProcessorTest's affair. */
    @Test
    void throughputIsPrinted() throws IOException {
        measure("completing instructions", 200, "48 01 d8");
        measure("instructions that raise an exception", 20, "0f 0b");
    }

    private void measure(String what, int batches, String code) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
        for (int i = 0; i < oracle.capacity(); i++) {
            oracle.view(0, i, before, after);
            before.reset();
            for (int j = 0; j < bytes.length; j++) {
                before.code(j, bytes[j]);
            }
            before.place(bytes.length, OracleLayout.slot(0));
        }
        long start = System.nanoTime();
        for (int i = 0; i < batches; i++) {
            oracle.submit(0, oracle.capacity());
            oracle.await(0);
        }
        double each = (System.nanoTime() - start) / ((double) batches * oracle.capacity());
        System.out.printf("oracle: %s: %.0f ns each%n", what, each);
        assertTrue(each > 0);
    }
}
