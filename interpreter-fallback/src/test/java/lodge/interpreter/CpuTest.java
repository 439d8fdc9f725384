package lodge.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** The engine: nodes, links, pages and self-modifying code, with the simplest instructions. */
class CpuTest {
    @Test
    void executesOneInstructionAfterTheOther() {
        try (Bench b = new Bench().long64()) {
            // mov eax,5; mov ecx,7; add eax,ecx
            b.code("b8 05000000 b9 07000000 01 c8");
            assertNull(b.steps(3));
            assertEquals(12, b.reg(CpuRegisters.RAX));
            assertEquals(Bench.CODE + 12, b.cpu.rip);
        }
    }

    @Test
    void aStoreIntoTheNextInstructionChangesIt() {
        try (Bench b = new Bench().long64()) {
            // mov eax,1; add [rip+1],ax (adds 1 to the immediate of the next); mov ecx,5
            b.code("b8 01000000 66 01 05 01000000 b9 05000000");
            assertNull(b.steps(3));
            assertEquals(6, b.reg(CpuRegisters.RCX));
        }
    }
}
