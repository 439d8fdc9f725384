package lodge.interpreter;

import lodge.core.backend.LocalApics;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.LodgeV2;
import lodge.core.memory.GuestMemory;
import lodge.interpreter.apic.ApicBus;
import lodge.interpreter.apic.TimerThread;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Memory, local APICs and processors of one machine in the interpreter. */
final class InterpreterMachine implements VirtualMachine, PhysicalMemory.Listener {
    private final VmShape shape;
    private final IoSpace io;
    private final PhysicalMemory physical = new PhysicalMemory();
    private final GuestMemory memory = new GuestMemory(physical);
    private final TimerThread timers;
    private final TscClock clock = new TscClock();
    private final ApicBus apics;

    /** Null when the processors run at the same time. */
    private final Turns turns;

    private final List<InterpreterVcpu> vcpus = new CopyOnWriteArrayList<>();

    InterpreterMachine(VmShape shape, IoSpace io) {
        this.shape = shape;
        this.io = io;
        timers = new TimerThread(shape.name());
        apics = new ApicBus(timers);
        turns = shape.turns() && shape.cpus() > 1 ? new Turns() : null;
        physical.listener(this);
    }

    @Override
    public void mapChanged() {
        for (InterpreterVcpu vcpu : vcpus) {
            vcpu.cpu().attention(Cpu.FLUSH);
        }
    }

    @Override
    public void protect(long hostPage) {
        for (InterpreterVcpu vcpu : vcpus) {
            vcpu.cpu().protect(hostPage);
        }
    }

    @Override
    public GuestMemory memory() {
        return memory;
    }

    @Override
    public LocalApics localApics() {
        return apics;
    }

    @Override
    public synchronized Vcpu createVcpu(int id) {
        if (id < 0 || id >= shape.cpus()) {
            throw new IllegalArgumentException("vCPU " + id + " of " + shape.cpus());
        }
        ProcessorModel model = ProcessorModel.of(shape.cpuModel(), id, shape.cpus());
        // Processors that take turns never meet within an instruction.
        boolean shared = shape.cpus() > 1 && turns == null;
        InterpreterVcpu vcpu =
                new InterpreterVcpu(id, physical, io, model, apics, clock, shared, turns);
        vcpus.add(vcpu);
        vcpu.load(CpuState.reset(id, cpuSignature()));
        return vcpu;
    }

    @Override
    public int cpuSignature() {
        return LodgeV2.SIGNATURE;
    }

    @Override
    public synchronized void close() {
        timers.close();
        vcpus.forEach(InterpreterVcpu::release);
        vcpus.clear();
        physical.close();
    }
}
