package lodge.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import lodge.core.cpu.ControlRegisters;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmGuestDebug;
import lodge.natives.kvm.KvmSregs;
import lodge.natives.kvm.KvmVcpuFd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Finds interrupt windows that the kernel overlooks. With VT-x and AMD-V the kernel comes back as
 * soon as the processor can take an interrupt; where the kernel emulates real mode it may run many
 * instructions before it looks, and firmware that opens a window of two instructions in a waiting
 * loop ({@code sti; nop; pause; cli}) would wait in vain. So when an 8259 interrupt has waited for
 * half a millisecond in real mode, the guest is single-stepped until it can take it, for a limited
 * number of steps, and then left alone for a while.
 */
final class WindowHunt {
    private static final long PATIENCE_NANOS = 500_000;
    private static final long REST_NANOS = 20_000_000;
    private static final int STEPS = 2_000;

    private final KvmVcpuFd fd;
    private final MemorySegment guestDebug = Arena.ofAuto().allocate(KvmGuestDebug.LAYOUT);
    private final MemorySegment sregs = Arena.ofAuto().allocate(KvmSregs.LAYOUT);
    private boolean debugged;
    private boolean waiting;
    private long patienceEnds;
    private int stepsLeft;

    WindowHunt(KvmVcpuFd fd) {
        this.fd = fd;
    }

    /** Returns whether the guest is being single-stepped for this. */
    boolean stepping() {
        return stepsLeft > 0;
    }

    /**
     * Says whether a debugger uses the processor's debug facilities; then there is no hunt.
     *
     * @param active whether it does
     */
    void debugged(boolean active) {
        stop();
        debugged = active;
    }

    /** An interrupt waits and the processor cannot take it now. */
    void waits() {
        if (stepsLeft > 0) {
            if (--stepsLeft == 0) {
                singleStep(false);
                patienceEnds = System.nanoTime() + REST_NANOS;
            }
            return;
        }
        long now = System.nanoTime();
        if (!waiting) {
            waiting = true;
            patienceEnds = now + PATIENCE_NANOS;
        } else if (now - patienceEnds > 0 && !debugged) {
            if (realMode()) {
                stepsLeft = STEPS;
                singleStep(true);
            } else {
                patienceEnds = now + REST_NANOS;
            }
        }
    }

    /** No interrupt waits any more. */
    void over() {
        waiting = false;
        stop();
    }

    /** Lets the guest run freely. */
    void stop() {
        if (stepsLeft > 0) {
            stepsLeft = 0;
            singleStep(false);
        }
    }

    private boolean realMode() {
        fd.get("KVM_GET_SREGS", KvmApi.KVM_GET_SREGS, sregs);
        return (sregs.get(U64, KvmSregs.CR0) & ControlRegisters.CR0_PE) == 0;
    }

    private void singleStep(boolean on) {
        int flags = KvmApi.KVM_GUESTDBG_ENABLE | KvmApi.KVM_GUESTDBG_SINGLESTEP;
        guestDebug.set(U32, KvmGuestDebug.CONTROL, on ? flags : 0);
        fd.get("KVM_SET_GUEST_DEBUG", KvmApi.KVM_SET_GUEST_DEBUG, guestDebug);
    }
}
