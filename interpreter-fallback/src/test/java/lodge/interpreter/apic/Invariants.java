package lodge.interpreter.apic;

import static lodge.interpreter.apic.ApicRegisters.*;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LocalApicState;

/** What is true of every APIC at any time, seen through its saved state. */
final class Invariants {
    private Invariants() {}

    static void check(LocalApic apic) {
        LocalApicState state = apic.save();
        long base = state.apicBase();
        assertTrue((base & BASE_X2APIC) == 0 || (base & BASE_ENABLED) != 0, "invalid mode");
        assertEquals(0, base & 0x2ff, "reserved bits of the base");
        ApicPage page = new ApicPage(state);
        assertEquals(0, page.get(ISR) & 0xffff, "an exception in service");
        assertEquals(0, page.get(IRR) & 0xffff, "an exception requested");
        int service = highest(page) & 0xf0;
        int task = page.get(TPR);
        int priority = page.get(PPR);
        assertEquals(Math.max(task & 0xf0, service), priority & 0xf0);
        int next = apic.pendingVector();
        assertTrue(next == -1 || next >>> 4 > priority >>> 4, "deliverable below the priority");
        boolean enabled = (page.get(SVR) & SVR_ENABLED) != 0;
        for (int register = LVT_TIMER; register <= LVT_ERROR; register++) {
            assertTrue(enabled || (page.get(register) & 1 << 16) != 0, "unmasked while disabled");
        }
        assertTrue(Integer.compareUnsigned(page.get(CURRENT_COUNT), page.get(INITIAL_COUNT)) <= 0);
        assertEquals(0, page.get(ESR) & ~ESR_BITS);
        assertEquals(0x0fff_ffff, page.get(DFR) & 0x0fff_ffff);
    }

    private static int highest(ApicPage page) {
        for (int at = VectorSet.WORDS - 1; at >= 0; at--) {
            int word = page.get(ISR + at);
            if (word != 0) {
                return at * 32 + 31 - Integer.numberOfLeadingZeros(word);
            }
        }
        return 0;
    }
}
