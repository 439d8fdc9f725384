package lodge.tests.lockstep;

import lodge.core.backend.CpuModel;
import lodge.core.backend.DebugControl;
import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.core.memory.MemoryBlock;

import java.lang.foreign.MemorySegment;

/**
 * A machine of one processor, {@link #MEMORY} bytes at 0 and no devices, that is single-stepped.
 */
final class SteppedCpu implements AutoCloseable {
    /** All that 16-bit offsets from bases below 64 KiB reach. */
    static final int MEMORY = 0x20000;

    private final VirtualMachine vm;
    private final MemoryBlock ram;
    private final Vcpu cpu;

    SteppedCpu(Hypervisor hypervisor) {
        vm = hypervisor.create(new VmShape("lock-step", 1, CpuModel.LODGE_V2), new IoSpace());
        ram = vm.memory().allocate("ram", MEMORY);
        vm.memory().window(ram, 0, MEMORY, 0).place(0, true);
        cpu = vm.createVcpu(0);
    }

    int signature() {
        return vm.cpuSignature();
    }

    /** Takes over memory and state; from now on {@link #step} goes on there. */
    void load(byte[] memory, CpuState state) {
        vm.memory().write(0, MemorySegment.ofArray(memory), 0, memory.length);
        load(state);
    }

    void load(CpuState state) {
        cpu.load(state);
        cpu.debug(DebugControl.step());
    }

    /** Executes one instruction; DEBUG_STOP when nothing happened that ends a run. */
    Exit step() {
        return cpu.run();
    }

    CpuState state() {
        return cpu.save();
    }

    /** How many instructions were executed in the hypervisor's place. */
    long assists() {
        return cpu.assists();
    }

    MemorySegment memory() {
        return ram.segment();
    }

    void kick() {
        cpu.kick();
    }

    @Override
    public void close() {
        vm.close();
    }
}
