package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;

import lodge.core.LodgeException;
import lodge.natives.posix.CallState;
import lodge.natives.posix.Errno;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;
import lodge.natives.posix.Mapping;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The file descriptor of one vCPU and the page it shares with the kernel. Belongs to one thread at
 * a time; only the page may be written by others.
 */
public final class KvmVcpuFd extends Fd {
    /** Size of the kernel's set of signals, one bit for each of 64; the C library's is larger. */
    private static final int KERNEL_SIGSET = 8;

    private final Mapping page;
    private final MemorySegment interrupt = Arena.ofAuto().allocate(KvmInterrupt.LAYOUT);

    private KvmVcpuFd(CallState state, int fd, Mapping page) {
        super(state, "vCPU", fd);
        this.page = page;
    }

    static KvmVcpuFd map(int fd, int mmapSize) {
        CallState state = new CallState();
        try {
            return new KvmVcpuFd(state, fd, Mapping.shared("a vCPU's kvm_run", fd, mmapSize));
        } catch (LodgeException e) {
            Libc.close(state, fd);
            throw e;
        }
    }

    /** Returns the {@link KvmRun} shared with the kernel, with the data pages behind it. */
    public MemorySegment page() {
        return page.segment();
    }

    /**
     * KVM_RUN. Allocates nothing.
     *
     * @return 0 when {@link #page} tells why it came back; otherwise errno: {@link Errno#EINTR},
     *     {@link Errno#EAGAIN} or an error
     */
    public int run() {
        return Libc.ioctl(state(), number(), KvmApi.KVM_RUN, 0L) < 0 ? state().errno() : 0;
    }

    /**
     * KVM_INTERRUPT: hands the processor the vector that an external interrupt controller gave.
     * Allocates nothing.
     *
     * @param vector 0 to 255
     * @return 0, or errno: {@link Errno#EEXIST} when one waits already
     */
    public int interrupt(int vector) {
        interrupt.set(U32, KvmInterrupt.IRQ, vector);
        return Libc.ioctl(state(), number(), KvmApi.KVM_INTERRUPT, interrupt) < 0
                ? state().errno()
                : 0;
    }

    /**
     * A request that fills a struct (KVM_GET_REGS and its like).
     *
     * @param call the request's C name
     * @param request its number
     * @param struct the struct
     */
    public void get(String call, long request, MemorySegment struct) {
        request(call, request, struct);
    }

    /**
     * A request that takes over a struct and may refuse it (KVM_SET_REGS and its like).
     *
     * @param request its number
     * @param struct the struct
     * @return 0 or more, or minus errno
     */
    public int set(long request, MemorySegment struct) {
        int result = Libc.ioctl(state(), number(), request, struct);
        return result < 0 ? -state().errno() : result;
    }

    /**
     * KVM_SET_SIGNAL_MASK: lets all signals end KVM_RUN, even those the thread blocks otherwise, or
     * goes back to the thread's own mask.
     *
     * @param all whether all signals
     */
    public void letSignalsIn(boolean all) {
        if (!all) {
            request("KVM_SET_SIGNAL_MASK", KvmApi.KVM_SET_SIGNAL_MASK, MemorySegment.NULL);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(KvmSignalMask.SIZE + KERNEL_SIGSET, 4);
            mask.set(U32, KvmSignalMask.LEN, KERNEL_SIGSET);
            request("KVM_SET_SIGNAL_MASK", KvmApi.KVM_SET_SIGNAL_MASK, mask);
        }
    }

    /** Unmaps the page and closes the descriptor. No thread may be in {@link #run}. */
    @Override
    public void close() {
        page.close();
        super.close();
    }
}
