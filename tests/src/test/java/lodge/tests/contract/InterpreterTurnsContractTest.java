package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.backend.Availability;
import lodge.core.backend.CpuModel;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.PortDevice;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.MpState;
import lodge.interpreter.InterpreterHypervisor;
import lodge.kvm.KvmHypervisor;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** The contract on the interpreter whose processors take turns. */
class InterpreterTurnsContractTest extends HypervisorContract {
    private static final int FLAGS = 0x2000;
    private static final int COUNT = 0x2010;
    private static final int STOP = 0x20;
    private static final int ROUNDS = 60_000;

    private final Hypervisor interpreter = new TakingTurns(new InterpreterHypervisor());

    /** Lets the processors of every machine take turns. */
    private record TakingTurns(Hypervisor hypervisor) implements Hypervisor {
        @Override
        public String name() {
            return hypervisor.name();
        }

        @Override
        public Availability probe() {
            return hypervisor.probe();
        }

        @Override
        public VirtualMachine create(VmShape shape, IoSpace io) {
            return hypervisor.create(
                    new VmShape(shape.name(), shape.cpus(), shape.cpuModel(), true), io);
        }
    }

    @Override
    public Hypervisor hypervisor() {
        return interpreter;
    }

    /**
     * Waits without PAUSE for AH in its own byte, writes AH + 1 to the other's, waits for AH + 2.
     */
    private static final String PING_PONG =
            """
            8A 07  mov al,[bx]
            38 E0  cmp al,ah
            75 FA  jne 0
            FE C4  inc ah
            88 24  mov [si],ah
            FE C4  inc ah
            49  dec cx
            75 F1  jnz 0
            EE  out dx,al
            F4  hlt
            """;

    @Test
    void processorsThatWaitForEachOtherGoOn() throws InterruptedException {
        try (TinyMachine machine = machine(2)) {
            machine.put(TinyMachine.CODE, PING_PONG);
            start(machine, 0, 0x0000, 50);
            start(machine, 1, 0x0100, 50);
            runAll(machine);
            assertEquals(0, machine.cpus.get(0).save().general().rcx());
            assertEquals(0, machine.cpus.get(1).save().general().rcx());
        }
    }

    private static final String LOCKED_COUNT =
            """
            F0 66 FF 06 10 20  lock inc dword [0x2010]
            49  dec cx
            75 F7  jnz 0
            EE  out dx,al
            F4  hlt
            """;

    @Test
    void lockedIncrementsOfSeveralProcessorsLoseNothing() throws InterruptedException {
        try (TinyMachine machine = machine(3)) {
            machine.put(TinyMachine.CODE, LOCKED_COUNT);
            for (int id = 0; id < 3; id++) {
                start(machine, id, 0, ROUNDS);
            }
            runAll(machine);
            assertEquals(3 * ROUNDS, machine.memory().readInt(COUNT));
        }
    }

    @Test
    void kicksArriveAtTheProcessorThatWaitsForItsTurnToo() throws InterruptedException {
        try (TinyMachine machine = machine(4)) {
            machine.put(TinyMachine.CODE, "EB FE  jmp 0");
            for (int round = 0; round < 20; round++) {
                List<Thread> threads = new ArrayList<>();
                for (Vcpu cpu : machine.cpus) {
                    start(machine, cpu.id(), 0, 0);
                    threads.add(Thread.ofPlatform().start(cpu::run));
                }
                machine.cpus.forEach(Vcpu::kick);
                for (Thread thread : threads) {
                    thread.join(30_000);
                    assertFalse(thread.isAlive(), "a processor did not come back");
                }
            }
        }
    }

    @Test
    void anInterruptedThreadKeepsItsFlagAndGetsItsTurn() throws InterruptedException {
        try (TinyMachine machine = machine(2)) {
            machine.put(TinyMachine.CODE, LOCKED_COUNT);
            List<Boolean> flags = new ArrayList<>();
            start(machine, 0, 0, ROUNDS);
            start(machine, 1, 0, ROUNDS);
            Thread other = Thread.ofPlatform().start(() -> untilDone(machine, 0));
            Thread thread =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        Thread.currentThread().interrupt();
                                        untilDone(machine, 1);
                                        flags.add(Thread.interrupted());
                                    });
            thread.join();
            other.join();
            assertEquals(List.of(true), flags);
            assertEquals(2 * ROUNDS, machine.memory().readInt(COUNT));
        }
    }

    @Test
    void kvmRefusesProcessorsThatTakeTurns() {
        BadConfigException e =
                assertThrows(
                        BadConfigException.class,
                        () ->
                                new KvmHypervisor()
                                        .create(
                                                new VmShape("turns", 2, CpuModel.LODGE_V2, true),
                                                new IoSpace()));
        assertTrue(e.getMessage().contains("choose the backend interpreter"), e.getMessage());
    }

    /** A machine in which each processor can stop itself at a port of its own. */
    private TinyMachine machine(int cpus) {
        TinyMachine machine = new TinyMachine(ready(), cpus);
        machine.io.claimPorts(machine.recorder, STOP, cpus, new Stops(machine));
        return machine;
    }

    private record Stops(TinyMachine machine) implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return 0xff;
        }

        @Override
        public void out(int offset, int size, int value) {
            machine.cpus.get(offset).kick();
        }
    }

    /** The processor begins at the code, with CX rounds; two of them play ping-pong. */
    private static void start(TinyMachine machine, int id, int ax, int rounds) {
        CpuState state = machine.entry(0, 0);
        GeneralRegisters general =
                new GeneralRegisters(
                        ax,
                        FLAGS + id,
                        rounds,
                        STOP + id,
                        FLAGS + (id ^ 1),
                        0,
                        0,
                        TinyMachine.STACK,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        TinyMachine.CODE,
                        2);
        CpuState own = machine.cpus.get(id).save();
        machine.cpus
                .get(id)
                .load(
                        new CpuState(
                                general,
                                state.segments(),
                                state.control(),
                                state.debug(),
                                state.fpu(),
                                state.msrs(),
                                own.apic(),
                                state.events(),
                                MpState.RUNNABLE));
    }

    private static void runAll(TinyMachine machine) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Vcpu cpu : machine.cpus) {
            threads.add(Thread.ofPlatform().start(() -> untilDone(machine, cpu.id())));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Runs until CX is 0, or until the watchdog has kicked too often. */
    private static void untilDone(TinyMachine machine, int id) {
        Vcpu cpu = machine.cpus.get(id);
        for (int kicks = 0; cpu.save().general().rcx() != 0 && kicks < 10; kicks++) {
            assertEquals(Exit.Signal.KICKED, cpu.run());
        }
    }
}
