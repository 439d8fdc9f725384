package lodge.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmRun;
import lodge.natives.posix.Errno;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

class ExitDecoderTest {
    private final MemorySegment page = Arena.ofAuto().allocate(4096, 8);

    private Exit.Fault fault(int reason) {
        return assertInstanceOf(Exit.Fault.class, ExitDecoder.decode(reason, page, () -> 0x1234));
    }

    @Test
    void anEmulationFailureShowsTheInstruction() {
        page.set(U32, KvmRun.EMULATION_FAILURE_SUBERROR, KvmApi.KVM_INTERNAL_ERROR_EMULATION);
        page.set(U32, KvmRun.EMULATION_FAILURE_NDATA, 3);
        page.set(U64, KvmRun.EMULATION_FAILURE_FLAGS, 1);
        page.set(U8, KvmRun.EMULATION_FAILURE_INSN_SIZE, (byte) 3);
        byte[] wait = {(byte) 0x9b, (byte) 0xdb, (byte) 0xe3};
        MemorySegment.copy(wait, 0, page, U8, KvmRun.EMULATION_FAILURE_INSN_BYTES, 3);
        Exit.Fault fault = fault(KvmApi.KVM_EXIT_INTERNAL_ERROR);
        assertEquals("KVM cannot emulate the instruction that begins with 9b db e3", fault.what());
        assertEquals(KvmApi.KVM_INTERNAL_ERROR_EMULATION, fault.code());
        assertEquals(0x1234, fault.rip());
    }

    @Test
    void anEmulationFailureOfAnOldKernelHasNoInstruction() {
        page.set(U32, KvmRun.EMULATION_FAILURE_SUBERROR, KvmApi.KVM_INTERNAL_ERROR_EMULATION);
        assertEquals(
                "KVM cannot emulate the instruction (its bytes are not known)",
                fault(KvmApi.KVM_EXIT_INTERNAL_ERROR).what());
    }

    @Test
    void otherInternalErrorsShowTheirData() {
        page.set(U32, KvmRun.INTERNAL_SUBERROR, KvmApi.KVM_INTERNAL_ERROR_DELIVERY_EV);
        page.set(U32, KvmRun.INTERNAL_NDATA, 2);
        page.set(U64, KvmRun.INTERNAL_DATA, 0xab);
        page.set(U64, KvmRun.INTERNAL_DATA + 8, 0xcd);
        assertEquals(
                "KVM could not deliver an event to the guest (data 0xab 0xcd)",
                fault(KvmApi.KVM_EXIT_INTERNAL_ERROR).what());
        page.set(U32, KvmRun.INTERNAL_NDATA, -1);
        page.set(U32, KvmRun.INTERNAL_SUBERROR, 99);
        assertEquals("KVM reports internal error 99", fault(KvmApi.KVM_EXIT_INTERNAL_ERROR).what());
    }

    @Test
    void aFailedEntryIsDecoded() {
        long at = KvmRun.FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON;
        page.set(U64, at, 0x8000_0021L);
        String intel = fault(KvmApi.KVM_EXIT_FAIL_ENTRY).what();
        assertTrue(intel.contains("invalid guest state"), intel);
        page.set(U64, at, -1);
        String amd = fault(KvmApi.KVM_EXIT_FAIL_ENTRY).what();
        assertTrue(amd.contains("VMEXIT_INVALID"), amd);
        page.set(U64, at, 7);
        String other = fault(KvmApi.KVM_EXIT_FAIL_ENTRY).what();
        assertTrue(other.contains("0x7"), other);
    }

    @Test
    void systemEventsAreSignals() {
        page.set(U32, KvmRun.SYSTEM_EVENT_TYPE, KvmApi.KVM_SYSTEM_EVENT_RESET);
        assertEquals(
                Exit.Signal.RESET, ExitDecoder.decode(KvmApi.KVM_EXIT_SYSTEM_EVENT, page, () -> 0));
        page.set(U32, KvmRun.SYSTEM_EVENT_TYPE, KvmApi.KVM_SYSTEM_EVENT_SHUTDOWN);
        assertEquals(
                Exit.Signal.SHUTDOWN,
                ExitDecoder.decode(KvmApi.KVM_EXIT_SYSTEM_EVENT, page, () -> 0));
        page.set(U32, KvmRun.SYSTEM_EVENT_TYPE, KvmApi.KVM_SYSTEM_EVENT_CRASH);
        assertTrue(fault(KvmApi.KVM_EXIT_SYSTEM_EVENT).what().contains("crash"));
    }

    @Test
    void unknownExitsNameTheirNumber() {
        String known = fault(KvmApi.KVM_EXIT_XEN).what();
        assertTrue(known.contains("34") && known.contains("XEN"), known);
        String unknown = fault(4711).what();
        assertTrue(unknown.contains("4711"), unknown);
        page.set(U64, KvmRun.HW_HARDWARE_EXIT_REASON, 0x55);
        String hardware = fault(KvmApi.KVM_EXIT_UNKNOWN).what();
        assertTrue(hardware.contains("0x55"), hardware);
    }

    @Test
    void aFailedRunSaysWhatToDo() {
        Exit.Fault fault =
                assertInstanceOf(Exit.Fault.class, ExitDecoder.failedRun(Errno.EFAULT, () -> 0x10));
        assertTrue(fault.what().contains("EFAULT"), fault.what());
        assertTrue(fault.what().contains("free some host memory"), fault.what());
        assertEquals(0x10, fault.rip());
    }
}
