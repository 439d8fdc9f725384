package lodge.machine;

import lodge.core.BadConfigException;
import lodge.core.LodgeException;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.TraceWindow;
import lodge.core.backend.Tracing;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.core.device.Device;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One x86 machine: processors, board, clock, and its life from power-on to power-off. Every change
 * of state is carried out by one thread, the conductor, one after the other and with no lock held;
 * processors and devices only leave word with it. So a pause can wait for a processor that is
 * inside a device, and a device can ask for a reset from inside a processor.
 */
public final class Machine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Machine.class);

    private final String name;
    private final BootSource boot;
    private final HostClock clock;
    private final VirtualMachine vm;
    private final PcBoard board;
    private final List<VcpuThread> cpus = new ArrayList<>();
    private final ExecutorService conductor;
    private final CompletableFuture<MachineOutcome> outcome = new CompletableFuture<>();
    private volatile MachineState state = MachineState.OFF;
    private final AtomicLong resets = new AtomicLong();

    /**
     * Builds a machine that is switched off.
     *
     * @param hypervisor what runs its processors
     * @param shape name and processors
     * @param parts what its board is made of; the machine closes the disks
     * @param boot what it starts with
     * @throws LodgeException when the host cannot give what it needs; nothing is left behind then
     *     but the parts, open
     */
    public Machine(Hypervisor hypervisor, VmShape shape, BoardParts parts, BootSource boot) {
        this.name = shape.name();
        this.boot = boot;
        IoSpace io = new IoSpace();
        clock = new HostClock(name);
        VirtualMachine made = null;
        try {
            made = hypervisor.create(shape, io);
            vm = made;
            board = new PcBoard(vm, io, clock, shape, parts, new Wishes());
            for (int id = 0; id < shape.cpus(); id++) {
                cpus.add(new VcpuThread(name, vm.createVcpu(id), new Wishes()));
            }
        } catch (RuntimeException | Error e) {
            cpus.forEach(VcpuThread::end);
            clock.close();
            if (made != null) {
                made.close();
            }
            throw e;
        }
        conductor =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name(name + " conductor").factory());
    }

    /** Returns the machine's name. */
    public String name() {
        return name;
    }

    /** Returns where the machine is in its life. */
    public MachineState state() {
        return state;
    }

    /** Returns the board: screen, keyboard, mouse, serial ports, map. */
    public PcBoard board() {
        return board;
    }

    /** Returns how many times the guest was reset since power-on. */
    public long resets() {
        return resets.get();
    }

    /**
     * Traces a part of what a processor executes. Legal in state OFF.
     *
     * @param window which part
     * @param lines takes the lines; called on the processor's thread
     * @throws BadConfigException when there is no such processor, or the backend cannot trace
     */
    public void trace(TraceWindow window, Consumer<String> lines) {
        if (window.cpu() >= cpus.size()) {
            throw new BadConfigException(
                    "%s has no processor %d to trace; its processors are 0 to %d"
                            .formatted(name, window.cpu(), cpus.size() - 1));
        }
        boolean traced =
                cpus.get(window.cpu())
                        .call(
                                vcpu -> {
                                    if (vcpu instanceof Tracing tracing) {
                                        tracing.trace(window, lines);
                                        return true;
                                    }
                                    return false;
                                });
        if (!traced) {
            throw new BadConfigException(
                    "This backend cannot tell what its processors execute; choose"
                            + " --backend interpreter");
        }
    }

    /** Returns the counters of all devices and processors by name. */
    public Map<String, Map<String, Long>> counters() {
        Map<String, Map<String, Long>> all = new java.util.TreeMap<>();
        for (Device<?> device : board.devices()) {
            all.put(device.name(), device.counters().snapshot());
        }
        for (VcpuThread cpu : cpus) {
            all.put(cpu.name(), Map.of("assists", cpu.assists()));
        }
        return all;
    }

    /**
     * Switches the machine on. Legal once, in state OFF.
     *
     * @throws LodgeException when what it should boot cannot be booted
     */
    public void start() {
        conduct(
                () -> {
                    if (state != MachineState.OFF || outcome.isDone()) {
                        throw new IllegalStateException("Machine " + name + " was started already");
                    }
                    loadResetState();
                    go();
                    return null;
                });
    }

    /**
     * Stops all processors between two instructions, lets transfers end, and stops time. Does
     * nothing unless it runs.
     */
    public void pause() {
        conduct(
                () -> {
                    if (state == MachineState.RUNNING) {
                        halt();
                        state = MachineState.PAUSED;
                    }
                    return null;
                });
    }

    /** Goes on after {@link #pause}. Does nothing unless it is paused. */
    public void resume() {
        conduct(
                () -> {
                    if (state == MachineState.PAUSED && !outcome.isDone()) {
                        go();
                    }
                    return null;
                });
    }

    /** Presses the reset button. Does nothing when it is off. */
    public void reset() {
        conduct(
                () -> {
                    doReset("reset button");
                    return null;
                });
    }

    /** Pulls the plug. Does nothing when it is off. */
    public void stop() {
        end(new MachineOutcome.Stopped());
        conduct(() -> null);
    }

    /**
     * Waits for the end.
     *
     * @param limit how long at most; null for ever
     * @return how it ended, or empty when it still goes on
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public Optional<MachineOutcome> awaitEnd(Duration limit) throws InterruptedException {
        try {
            return Optional.of(
                    limit == null
                            ? outcome.get()
                            : outcome.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("An outcome never fails", e);
        }
    }

    /**
     * Returns the processors' states; the machine must be paused or off.
     *
     * @throws IllegalStateException when it runs
     */
    public List<CpuState> cpuStates() {
        return conduct(
                () -> {
                    if (state == MachineState.RUNNING) {
                        throw new IllegalStateException(
                                "Machine " + name + " runs; pause it first");
                    }
                    List<CpuState> states = new ArrayList<>();
                    for (VcpuThread cpu : cpus) {
                        states.add(cpu.call(vcpu -> vcpu.save()));
                    }
                    return states;
                });
    }

    /** Stops the machine if it runs, and gives everything back. */
    @Override
    public void close() {
        if (conductor.isShutdown()) {
            return;
        }
        stop();
        conduct(
                () -> {
                    for (VcpuThread cpu : cpus) {
                        cpu.end();
                    }
                    return null;
                });
        conductor.shutdown();
        clock.close();
        board.close();
        vm.close();
    }

    private void go() {
        state = MachineState.RUNNING;
        clock.start();
        cpus.forEach(VcpuThread::go);
    }

    /**
     * Processors first: they submit transfers; transfers next: they raise interrupts; the clock
     * last.
     */
    private void halt() {
        cpus.forEach(VcpuThread::askToPark);
        cpus.forEach(VcpuThread::awaitParked);
        board.awaitTransfers();
        clock.stop();
    }

    private void loadResetState() {
        board.reset();
        CpuState first = boot.prepare(vm.memory(), CpuState.reset(0, vm.cpuSignature()));
        for (int id = 0; id < cpus.size(); id++) {
            CpuState wanted = id == 0 ? first : CpuState.reset(id, vm.cpuSignature());
            cpus.get(id)
                    .call(
                            vcpu -> {
                                vcpu.load(wanted);
                                return null;
                            });
        }
    }

    private void doReset(String why) {
        if (outcome.isDone() || (state != MachineState.RUNNING && state != MachineState.PAUSED)) {
            return;
        }
        boolean running = state == MachineState.RUNNING;
        resets.incrementAndGet();
        LOG.debug("{}: reset ({})", name, why);
        halt();
        try {
            loadResetState();
        } catch (LodgeException e) {
            end(new MachineOutcome.Failed(e.getMessage()));
            return;
        }
        if (running && !outcome.isDone()) {
            go();
        } else {
            state = MachineState.PAUSED;
        }
    }

    /**
     * From any thread, with any lock: no instruction of the guest is begun after this, and the
     * conductor does the rest.
     */
    private void end(MachineOutcome how) {
        cpus.forEach(VcpuThread::askToPark);
        submit(
                () -> {
                    if (outcome.isDone()) {
                        return;
                    }
                    if (state != MachineState.OFF) {
                        state = MachineState.STOPPING;
                        halt();
                        board.flush();
                    }
                    state = MachineState.OFF;
                    outcome.complete(how);
                });
    }

    private void submit(Runnable work) {
        try {
            conductor.execute(
                    () -> {
                        try {
                            work.run();
                        } catch (RuntimeException | Error e) {
                            LOG.error("{}: internal error", name, e);
                            outcome.complete(
                                    new MachineOutcome.Failed(
                                            "Internal error ("
                                                    + e
                                                    + "); please report it with the log"));
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: closed already", name, e);
        }
    }

    private <T> T conduct(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, conductor).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** What devices and processors ask for. */
    private final class Wishes implements VcpuThread.Listener, PcBoard.Listener {
        @Override
        public void resetRequested(String why) {
            cpus.forEach(VcpuThread::askToPark);
            submit(() -> doReset(why));
        }

        @Override
        public void powerOff() {
            end(new MachineOutcome.PoweredOff());
        }

        @Override
        public void debugExit(int code) {
            end(new MachineOutcome.DebugExit(code));
        }

        @Override
        public void failed(String message) {
            end(new MachineOutcome.Failed(message));
        }
    }
}
