package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What is kept of decoded code, and what a store makes of it. */
class CodePageTest {
    private final CodeBudget budget = new CodeBudget(100_000);
    private final CodePage page = new CodePage(0x10000, budget);

    private static Insn insn(int offset, int length) {
        Insn i = new Insn();
        i.offset = (short) offset;
        i.length = (byte) length;
        return i;
    }

    private Insn put(int offset, int length) {
        int claim = page.claim(offset, length);
        Insn i = insn(offset, length);
        page.put(Decoder.CODE64, offset, i, claim);
        return i;
    }

    @Test
    void aStoreRemovesWhatItTouchesAndCutsAllLinks() {
        Insn first = put(0x100, 5);
        Insn second = put(0x105, 3);
        assertSame(second, page.follow(first, Decoder.CODE64, 0x105));
        assertSame(second, first.next);
        page.written(0x106, 1);
        assertNull(first.next);
        assertSame(first, page.find(Decoder.CODE64, 0x100));
        assertNull(page.find(Decoder.CODE64, 0x105));
    }

    @Test
    void aStoreBesideCodeInTheSameGranuleKeepsIt() {
        Insn first = put(0x100, 5);
        page.written(0x120, 4);
        assertSame(first, page.find(Decoder.CODE64, 0x100));
    }

    @Test
    void onlyGranulesWithCodeAreLookedAt() {
        put(0x100, 5);
        assertTrue(page.holds(0x104, 1));
        assertTrue(page.holds(0xf8, 16));
        assertFalse(page.holds(0x140, 64));
        assertFalse(page.holds(0, 4));
    }

    @Test
    void whatWasStoredWhileDecodingIsNotKept() {
        int claim = page.claim(0x200, 5);
        page.written(0x202, 1);
        page.put(Decoder.CODE64, 0x200, insn(0x200, 5), claim);
        assertNull(page.find(Decoder.CODE64, 0x200));
    }

    @Test
    void aRetiredPageKeepsNothingAndLinksNothing() {
        Insn first = put(0x100, 5);
        Insn second = put(0x105, 3);
        page.follow(first, Decoder.CODE64, 0x105);
        page.retire();
        assertTrue(page.retired());
        assertNull(first.next);
        assertNull(page.find(Decoder.CODE64, 0x105));
        put(0x100, 5);
        assertNull(page.find(Decoder.CODE64, 0x100));
        assertNotNull(second);
    }

    @Test
    void theBudgetCountsTablesAndNodes() {
        CodeBudget small = new CodeBudget(CodeBudget.TABLE);
        CodePage other = new CodePage(0, small);
        int claim = other.claim(0, 1);
        assertFalse(small.exhausted());
        other.put(Decoder.CODE64, 0, insn(0, 1), claim);
        assertTrue(small.exhausted());
        small.clear();
        assertFalse(small.exhausted());
    }

    @Test
    void aGuestThatExecutesAllItsMemoryIsGivenUpInTime() {
        try (Bench b = new Bench(-1L, new CodeBudget(200_000)).long64()) {
            // Page after page: add eax,1; jmp to the next page.
            for (int page = 0x10; page < 0x60; page++) {
                b.put(page << 12, "83 c0 01 e9 f8 0f 00 00");
            }
            b.put(0x60 << 12, "eb fe");
            b.cpu.rip = 0x10000;
            b.cpu.setReg64(CpuRegisters.RAX, 0);
            assertNull(b.steps(2 * 0x50));
            assertEquals(0x60000, b.cpu.rip);
            assertEquals(0x50, b.reg(CpuRegisters.RAX));
            assertTrue(b.physical.retirements() > 0);
            // And a store to a page that was decoded before is still seen.
            b.put(0x10000, "83 c0 07 e9 f8 0f 00 00");
            b.cpu.rip = 0x10000;
            assertNull(b.steps(2));
            assertEquals(0x57, b.reg(CpuRegisters.RAX));
        }
    }
}
