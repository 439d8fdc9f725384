package lodge.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;

import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.backend.Vcpu;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmRun;
import lodge.natives.kvm.KvmVcpuFd;
import lodge.natives.posix.Errno;
import lodge.natives.posix.KickSignal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A processor on KVM: the run loop. An exit costs one ioctl, a few loads from the page shared with
 * the kernel and one call of {@link IoSpace}; nothing on its way allocates or takes a lock but the
 * device's own.
 *
 * <p>How a kick cannot be lost: the kicker first says why ({@link #kicked}, or the INTR line's
 * level), then sets {@code immediate_exit}, then signals the thread if it is inside {@link #run}.
 * The kernel looks at {@code immediate_exit} when KVM_RUN begins, and from then on at pending
 * signals. The loop clears {@code immediate_exit} before it looks for reasons, with a full fence in
 * between.
 */
final class KvmVcpu implements Vcpu {
    private static final VarHandle BYTE = U8.varHandle();
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** How often settling enters the guest at most. */
    private static final int SETTLE_LIMIT = 64;

    private final int id;
    private final KvmVcpuFd fd;
    private final MemorySegment page;
    private final IoSpace io;
    private final KvmApics apics;
    private final IntrLine intr;
    private final VcpuState state;
    private final KvmAssist assist;
    private final WindowHunt hunt;

    /** Whether a debugger wants to see every instruction. */
    private boolean singleStep;

    /** Whether the kernel is to come back when the processor can take an 8259 interrupt. */
    private boolean windowAsked;

    /** Whether the guest may have run since the state was last settled. */
    private boolean entered;

    /** An exit that came while settling; the next run() returns it. */
    private Exit heldExit;

    private volatile boolean kicked;

    /** Kernel's id of the thread inside run(), 0 when there is none. */
    private volatile int runningThread;

    /** Whether the page is about to be unmapped; a kick is nothing then. */
    private volatile boolean closed;

    /** How many threads are about to write to the page and to signal {@link #runningThread}. */
    private final AtomicInteger senders = new AtomicInteger();

    /** Who runs this processor. Others read it only to learn that they are not the owner. */
    private volatile Thread owner;

    private int ownerThread;

    KvmVcpu(int id, KvmVcpuFd fd, IoSpace io, KvmApics apics, VcpuState state, KvmAssist assist) {
        this.id = id;
        this.fd = fd;
        this.page = fd.page();
        this.io = io;
        this.apics = apics;
        this.state = state;
        this.assist = assist;
        hunt = new WindowHunt(fd);
        intr = id == 0 ? apics.intrLine() : new IntrLine();
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public Exit run() {
        if (heldExit != null) {
            Exit exit = heldExit;
            heldExit = null;
            return exit;
        }
        enter();
        try {
            while (true) {
                if (windowAsked || intr.high()) {
                    offerExternalInterrupt();
                }
                int errno = fd.run();
                if (errno != 0) {
                    if (errno != Errno.EINTR && errno != Errno.EAGAIN) {
                        return ExitDecoder.failedRun(errno, state::rip);
                    }
                    if (takeKick()) {
                        return Exit.Signal.KICKED;
                    }
                    continue;
                }
                int reason = page.get(U32, KvmRun.EXIT_REASON);
                if (reason == KvmApi.KVM_EXIT_IO) {
                    portAccess();
                } else if (reason == KvmApi.KVM_EXIT_MMIO) {
                    memoryAccess();
                } else {
                    Exit exit = otherExit(reason);
                    if (exit != null) {
                        return exit;
                    }
                }
            }
        } finally {
            leave();
        }
    }

    private Exit otherExit(int reason) {
        return switch (reason) {
            case KvmApi.KVM_EXIT_IOAPIC_EOI -> {
                apics.endOfInterrupt(page.get(U8, KvmRun.EOI_VECTOR) & 0xff);
                yield null;
            }
            case KvmApi.KVM_EXIT_IRQ_WINDOW_OPEN, KvmApi.KVM_EXIT_INTR, KvmApi.KVM_EXIT_SET_TPR ->
                    null;
            case KvmApi.KVM_EXIT_HLT -> Exit.Signal.HALTED;
            case KvmApi.KVM_EXIT_SHUTDOWN -> Exit.Signal.SHUTDOWN;
            case KvmApi.KVM_EXIT_DEBUG -> hunt.stepping() ? null : Exit.Signal.DEBUG_STOP;
            case KvmApi.KVM_EXIT_INTERNAL_ERROR -> internalError();
            default -> ExitDecoder.decode(reason, page, state::rip);
        };
    }

    private Exit internalError() {
        if (page.get(U32, KvmRun.INTERNAL_SUBERROR) == KvmApi.KVM_INTERNAL_ERROR_EMULATION
                && assist.execute(page)) {
            // The instruction may have changed IF.
            page.set(U8, KvmRun.READY_FOR_INTERRUPT_INJECTION, (byte) 0);
            return singleStep ? Exit.Signal.DEBUG_STOP : null;
        }
        return ExitDecoder.decode(KvmApi.KVM_EXIT_INTERNAL_ERROR, page, state::rip);
    }

    private void portAccess() {
        int port = page.get(LE16, KvmRun.IO_PORT) & 0xffff;
        int size = page.get(U8, KvmRun.IO_SIZE);
        int count = page.get(U32, KvmRun.IO_COUNT);
        long at = page.get(U64, KvmRun.IO_DATA_OFFSET);
        boolean out = page.get(U8, KvmRun.IO_DIRECTION) == KvmApi.KVM_EXIT_IO_OUT;
        if (count != 1) {
            if (out) {
                io.outs(port, size, count, page, at);
            } else {
                io.ins(port, size, count, page, at);
            }
        } else if (out) {
            io.out(port, size, element(at, size));
        } else {
            int value = io.in(port, size);
            switch (size) {
                case 1 -> page.set(U8, at, (byte) value);
                case 2 -> page.set(LE16, at, (short) value);
                default -> page.set(LE32, at, value);
            }
        }
    }

    private int element(long at, int size) {
        return switch (size) {
            case 1 -> page.get(U8, at) & 0xff;
            case 2 -> page.get(LE16, at) & 0xffff;
            default -> page.get(LE32, at);
        };
    }

    private void memoryAccess() {
        long address = page.get(U64, KvmRun.MMIO_PHYS_ADDR);
        int size = page.get(U32, KvmRun.MMIO_LEN);
        if (page.get(U8, KvmRun.MMIO_IS_WRITE) != 0) {
            io.write(address, size, page.get(U64, KvmRun.MMIO_DATA));
        } else {
            page.set(U64, KvmRun.MMIO_DATA, io.read(address, size));
        }
    }

    /**
     * Gives the processor the 8259's interrupt if it can take one now, else asks to come back when
     * it can.
     */
    private void offerExternalInterrupt() {
        boolean ready =
                page.get(U8, KvmRun.READY_FOR_INTERRUPT_INJECTION) != 0
                        && page.get(U8, KvmRun.IF_FLAG) != 0;
        if (ready && intr.high()) {
            int vector = intr.acknowledge();
            if (vector >= 0 && fd.interrupt(vector) == 0) {
                page.set(U8, KvmRun.READY_FOR_INTERRUPT_INJECTION, (byte) 0);
            }
        }
        windowAsked = intr.high();
        if (!windowAsked || ready) {
            hunt.over();
        } else {
            hunt.waits();
        }
        page.set(U8, KvmRun.REQUEST_INTERRUPT_WINDOW, (byte) (windowAsked ? 1 : 0));
    }

    private void enter() {
        Thread current = Thread.currentThread();
        if (owner != current) {
            ownerThread = KickSignal.prepareThread(fd.state());
            owner = current;
        }
        entered = true;
        runningThread = ownerThread;
    }

    /** From here on no signal comes any more: those who are just sending one are waited for. */
    private void leave() {
        hunt.stop();
        runningThread = 0;
        awaitSenders();
    }

    private void awaitSenders() {
        while (senders.get() != 0) {
            Thread.onSpinWait();
        }
    }

    private boolean takeKick() {
        BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 0);
        VarHandle.fullFence();
        if (kicked) {
            kicked = false;
            // Whoever kicks after this line finds the flag cleared and sets both again.
            return true;
        }
        return false;
    }

    @Override
    public void kick() {
        interrupt(true);
    }

    /** Makes the loop look at the INTR line. */
    void wake() {
        // A device called by the loop itself need not: the loop looks before it enters the guest
        // again.
        if (Thread.currentThread() != owner) {
            interrupt(false);
        }
    }

    /** Whoever is in here keeps the page mapped and the thread inside {@link #run}. */
    private void interrupt(boolean kick) {
        senders.incrementAndGet();
        try {
            if (closed) {
                return;
            }
            if (kick) {
                kicked = true;
            }
            BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 1);
            int thread = runningThread;
            if (thread != 0 && Thread.currentThread() != owner) {
                // Cannot fail: leave() keeps the thread until this has returned.
                KickSignal.send(thread);
            }
        } finally {
            senders.decrementAndGet();
        }
    }

    @Override
    public void finishPendingIo() {
        completeIo();
        if (entered) {
            settle();
            entered = false;
        }
        BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 0);
        VarHandle.fullFence();
        if (kicked) {
            BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 1);
        }
    }

    /** Lets the kernel finish the instruction whose port or memory access was the last exit. */
    private void completeIo() {
        do {
            BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 1);
            // An instruction may make several accesses.
        } while (fd.run() == 0 && performAccess());
    }

    private boolean performAccess() {
        int reason = page.get(U32, KvmRun.EXIT_REASON);
        if (reason == KvmApi.KVM_EXIT_IO) {
            portAccess();
        } else if (reason == KvmApi.KVM_EXIT_MMIO) {
            memoryAccess();
        } else {
            return false;
        }
        return true;
    }

    /**
     * Brings out what the kernel would otherwise do, or tell, only when the guest is entered next,
     * and which no request reads: the vector given by KVM_INTERRUPT, and the end of a
     * level-triggered interrupt. Saved before that, they would be lost. So enter with a signal
     * pending that only KVM_RUN lets in: the kernel reports the end of interrupt; it begins to
     * deliver the vector, sees the signal before the first instruction, and keeps the interrupt
     * where KVM_GET_VCPU_EVENTS finds it. A halted processor needs a round to wake.
     */
    private void settle() {
        int thread = KickSignal.prepareThread(fd.state());
        KickSignal.block(fd.state(), true);
        try {
            fd.letSignalsIn(true);
            KickSignal.send(thread);
            int interrupted = 0;
            // A guest may make the kernel come back before it looks at the signal, but not for
            // ever.
            for (int i = 0; i < SETTLE_LIMIT && interrupted < 2 && heldExit == null; i++) {
                BYTE.setVolatile(page, KvmRun.IMMEDIATE_EXIT, (byte) 0);
                if (fd.run() != 0) {
                    interrupted++;
                } else if (performAccess()) {
                    completeIo();
                } else {
                    heldExit = otherExit(page.get(U32, KvmRun.EXIT_REASON));
                }
            }
        } finally {
            fd.letSignalsIn(false);
            KickSignal.block(fd.state(), false);
        }
    }

    @Override
    public CpuState save() {
        return state.save();
    }

    @Override
    public void load(CpuState newState) {
        // What the kernel still holds of the old state must not come out in the new one.
        finishPendingIo();
        heldExit = null;
        state.load(newState);
        page.set(U8, KvmRun.READY_FOR_INTERRUPT_INJECTION, (byte) 0);
    }

    @Override
    public long assists() {
        return assist.count();
    }

    @Override
    public void debug(DebugControl control) {
        singleStep = control.singleStep();
        hunt.debugged(singleStep || !control.breakpoints().isEmpty());
        state.debug(control);
    }

    @Override
    public void close() {
        if (runningThread != 0) {
            throw new IllegalStateException("vCPU " + id + " is closed while it runs");
        }
        closed = true;
        awaitSenders();
        fd.close();
    }
}
