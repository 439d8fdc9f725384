package lodge.machine;

import lodge.core.LodgeException;
import lodge.core.backend.Exit;
import lodge.core.backend.Vcpu;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The platform thread of one processor, a small state machine:
 *
 * <pre>
 * PARKED --go--> RUNNING --park--> PARKED --end--> ENDED
 *   |  ^
 *   +--+ a task: save, load, debug
 * </pre>
 *
 * Whoever parks or ends it first asks ({@link #askToPark}), then waits ({@link #awaitParked}),
 * holding nothing: the processor may be inside a device, under that device's monitor, when it is
 * asked.
 */
final class VcpuThread {
    /**
     * What a processor tells its machine; called on the processor's thread with no lock held. Must
     * not block.
     */
    interface Listener {
        /** The guest wants a reset: by triple fault, or the backend saw the request. */
        void resetRequested(String why);

        /** The processor cannot go on; it parks itself. */
        void failed(String message);
    }

    private enum Wish {
        PARK,
        GO,
        END
    }

    private final Vcpu vcpu;
    private final Listener listener;
    private final Thread thread;
    private volatile Wish wish = Wish.PARK;
    private boolean parked;
    private Runnable task;

    VcpuThread(String machine, Vcpu vcpu, Listener listener) {
        this.vcpu = vcpu;
        this.listener = listener;
        thread = Thread.ofPlatform().name(machine + " vcpu" + vcpu.id()).unstarted(this::loop);
        thread.start();
    }

    /** Returns the processor's name among the machine's parts. */
    String name() {
        return "vcpu" + vcpu.id();
    }

    /** Returns how many instructions were executed in the hypervisor's place. */
    long assists() {
        return vcpu.assists();
    }

    /** Lets guest code run. */
    synchronized void go() {
        wish = Wish.GO;
        notifyAll();
    }

    /** Asks the processor to come back; returns at once. */
    void askToPark() {
        synchronized (this) {
            if (wish == Wish.GO) {
                wish = Wish.PARK;
            }
        }
        vcpu.kick();
    }

    /** Waits until the processor is between two instructions with nothing half done. */
    synchronized void awaitParked() {
        awaitUntil(() -> parked);
    }

    /**
     * Does something with a parked processor, on its own thread, and waits for it.
     *
     * @param work what to do
     * @param <T> its result
     * @return the result
     */
    <T> T call(Function<Vcpu, T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        synchronized (this) {
            awaitUntil(() -> task == null);
            task =
                    () -> {
                        try {
                            result.complete(work.apply(vcpu));
                        } catch (RuntimeException | Error e) {
                            result.completeExceptionally(e);
                        }
                    };
            notifyAll();
        }
        try {
            return result.join();
        } catch (java.util.concurrent.CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Ends the thread and closes the processor; the processor must have been asked to park. */
    void end() {
        synchronized (this) {
            wish = Wish.END;
            notifyAll();
        }
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits, with this monitor held, until something is so. */
    private void awaitUntil(BooleanSupplier done) {
        try {
            while (!done.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("Interrupted while waiting for " + thread.getName(), e);
        }
    }

    private void loop() {
        try (vcpu) {
            while (park()) {
                runGuest();
            }
        }
    }

    /** Does tasks until the machine goes on (true) or ends (false). */
    private boolean park() {
        while (true) {
            Runnable next;
            synchronized (this) {
                parked = true;
                notifyAll();
                awaitUntil(() -> wish != Wish.PARK || task != null);
                next = task;
                if (next == null) {
                    parked = false;
                    return wish == Wish.GO;
                }
            }
            next.run();
            synchronized (this) {
                task = null;
            }
        }
    }

    private void runGuest() {
        try {
            while (wish == Wish.GO) {
                if (!handle(vcpu.run())) {
                    synchronized (this) {
                        if (wish == Wish.GO) {
                            wish = Wish.PARK;
                        }
                    }
                }
            }
            vcpu.finishPendingIo();
        } catch (LodgeException e) {
            giveUp(e.getMessage());
        } catch (RuntimeException | Error e) {
            // A defect of ours, not of the guest: the process and its other machines go on.
            org.slf4j.LoggerFactory.getLogger(VcpuThread.class)
                    .error("{} stopped", thread.getName(), e);
            giveUp(
                    "Internal error in "
                            + thread.getName()
                            + " ("
                            + e
                            + "); please report it with the log");
        }
    }

    private void giveUp(String message) {
        synchronized (this) {
            if (wish == Wish.GO) {
                wish = Wish.PARK;
            }
        }
        listener.failed(message);
    }

    /**
     * Returns whether the processor may go on at once. No pattern switch: linking one costs time at
     * every start.
     */
    private boolean handle(Exit exit) {
        if (exit == Exit.Signal.KICKED || exit == Exit.Signal.DEBUG_STOP) {
            return true;
        }
        if (exit == Exit.Signal.SHUTDOWN) {
            listener.resetRequested("triple fault");
        } else if (exit == Exit.Signal.RESET) {
            listener.resetRequested("reset request");
        } else if (exit instanceof Exit.Fault fault) {
            listener.failed(fault.what());
        } else {
            listener.failed(
                    "The processor halted and its backend has no local APIC that could wake it");
        }
        return false;
    }
}
