package lodge.tests.contract;

import lodge.core.backend.CpuModel;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.LocalApics;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.PortDevice;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.GeneralRegisters;
import lodge.core.cpu.LocalApicState;
import lodge.core.cpu.SegmentRegister;
import lodge.core.cpu.SegmentRegisters;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryBlock;
import lodge.core.memory.MemoryWindow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A machine for guests of a few instructions in real mode: 64 KiB of memory at 0, a {@link
 * Recorder} at ports 0x200 to 0x20f and, if wanted, at 0xd0000, and a stop port 0x10 that kicks the
 * processor. A guest that does not come back within 30 seconds is kicked out and fails the test.
 */
final class TinyMachine implements AutoCloseable {
    static final int CODE = 0x1000;
    static final int HANDLER = 0x1800;
    static final int DATA = 0x2000;
    static final int STACK = 0xf000;
    static final int MMIO = 0xd0000;
    static final int MMIO_SEGMENT = 0xd000;
    static final int TSC = 0x10;

    private static final long LIMIT_MILLIS = 30_000;
    private static final int SPURIOUS_VECTOR = 0xf0;
    private static final int LINT0 = 0x350;

    final IoSpace io = new IoSpace();
    final Recorder recorder = new Recorder();
    final VirtualMachine vm;
    final MemoryBlock ram;
    final MemoryWindow ramWindow;
    final List<Vcpu> cpus = new ArrayList<>();
    private final Thread watchdog;
    private volatile boolean timedOut;

    TinyMachine(Hypervisor hypervisor, int count) {
        vm = hypervisor.create(new VmShape("tiny", count, CpuModel.LODGE_V2), io);
        ram = vm.memory().allocate("ram", 0x10000);
        ramWindow = vm.memory().window(ram, 0, 0x10000, 0);
        ramWindow.place(0, true);
        for (int i = 0; i < count; i++) {
            cpus.add(vm.createVcpu(i));
        }
        io.claimPorts(recorder, 0x200, 16, recorder);
        io.claimPorts(recorder, 0x10, 1, new StopPort());
        watchdog = Thread.ofPlatform().daemon().name("watchdog").start(this::watch);
    }

    /** A machine with one processor about to execute the code. */
    static TinyMachine with(Hypervisor hypervisor, String code) {
        TinyMachine machine = new TinyMachine(hypervisor, 1);
        machine.put(CODE, code);
        machine.start(0, 0);
        return machine;
    }

    private final class StopPort implements PortDevice {
        @Override
        public int in(int offset, int size) {
            return 0xff;
        }

        @Override
        public void out(int offset, int size, int value) {
            cpu().kick();
        }
    }

    private void watch() {
        try {
            Thread.sleep(LIMIT_MILLIS);
            timedOut = true;
            while (true) {
                cpus.forEach(Vcpu::kick);
                Thread.sleep(100);
            }
        } catch (InterruptedException e) {
            // The machine was closed in time.
            Thread.currentThread().interrupt();
        }
    }

    Vcpu cpu() {
        return cpus.getFirst();
    }

    GuestMemory memory() {
        return vm.memory();
    }

    LocalApics apics() {
        return vm.localApics();
    }

    /** Writes code given as lines of hexadecimal bytes, two blanks and their disassembly. */
    void put(int address, String listing) {
        StringBuilder hex = new StringBuilder();
        listing.lines().forEach(line -> hex.append(line.strip().split(" {2}", 2)[0]));
        byte[] bytes = HexFormat.of().parseHex(hex.toString().replace(" ", ""));
        MemorySegment.copy(bytes, 0, ram.segment(), ValueLayout.JAVA_BYTE, address, bytes.length);
    }

    /** Adds the recorder's memory at 0xd0000. */
    void addMmio() {
        io.claimMmio(recorder, MMIO, 0x2000, recorder.mmio);
    }

    /** The state in which the code at {@link #CODE} begins. */
    CpuState entry(int dataSegment, int extraSegment) {
        SegmentRegister data = SegmentRegister.real(dataSegment, 0x3);
        SegmentRegister stack = SegmentRegister.real(0, 0x3);
        SegmentRegisters uniform = SegmentRegisters.uniform(SegmentRegister.real(0, 0xb), stack);
        SegmentRegisters segments =
                new SegmentRegisters(
                        // The local APIC lies far above what a selector can reach in real mode.
                        extraSegment == APIC
                                ? stack.at(0, LocalApicState.DEFAULT_BASE)
                                : SegmentRegister.real(extraSegment, 0x3),
                        uniform.cs(),
                        stack,
                        data,
                        stack,
                        stack,
                        uniform.ldtr(),
                        uniform.tr(),
                        0,
                        0xffff,
                        0,
                        0x3ff);
        CpuState reset = CpuState.reset(0, vm.cpuSignature());
        GeneralRegisters general =
                new GeneralRegisters(0, 0, 0, 0, 0, 0, 0, STACK, 0, 0, 0, 0, 0, 0, 0, 0, CODE, 2);
        return reset.with(general, segments, reset.control());
    }

    /** As extra segment: ES reaches the local APIC. */
    static final int APIC = -1;

    void start(int dataSegment, int extraSegment) {
        cpu().load(entry(dataSegment, extraSegment));
    }

    /**
     * Starts with the local APIC enabled and in ES; LINT0 takes the 8259's interrupts or is masked.
     */
    void startWithApic(boolean externalInterrupts) {
        CpuState state = entry(0, APIC);
        byte[] registers = state.apic().registers().clone();
        putInt(registers, SPURIOUS_VECTOR, 0x1ff);
        putInt(registers, LINT0, externalInterrupts ? 0x700 : 0x10000);
        cpu().load(withApic(state, registers));
    }

    static CpuState withApic(CpuState s, byte[] registers) {
        return new CpuState(
                s.general(),
                s.segments(),
                s.control(),
                s.debug(),
                s.fpu(),
                s.msrs(),
                new LocalApicState(s.apic().apicBase(), registers),
                s.events(),
                s.mpState());
    }

    static void putInt(byte[] page, int at, int value) {
        for (int i = 0; i < 4; i++) {
            page[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** Sets a real-mode interrupt vector. */
    void vector(int number, int address) {
        memory().writeInt(4L * number, address);
    }

    /** Runs until the guest writes to the stop port or something else ends the run. */
    Exit run() {
        Exit exit = cpu().run();
        if (timedOut) {
            throw new AssertionError(
                    "The guest did not stop within 30 s; " + cpu().save().general());
        }
        return exit;
    }

    GeneralRegisters registers() {
        return cpu().save().general();
    }

    /** The state without what goes on by itself: the TSC. */
    static CpuState still(CpuState s) {
        return new CpuState(
                s.general(),
                s.segments(),
                s.control(),
                s.debug(),
                s.fpu(),
                s.msrs().stream().filter(msr -> msr.index() != TSC).toList(),
                s.apic(),
                s.events(),
                s.mpState());
    }

    @Override
    public void close() {
        watchdog.interrupt();
        vm.close();
    }
}
