package lodge.kvm;

import lodge.core.LodgeException;
import lodge.core.backend.CpuModel;
import lodge.core.backend.LocalApics;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.cpu.CpuState;
import lodge.core.cpu.LodgeV2;
import lodge.core.memory.GuestMemory;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmSystemFd;
import lodge.natives.kvm.KvmVcpuFd;
import lodge.natives.kvm.KvmVmFd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A machine on KVM with a split irqchip: local APICs in the kernel, 8259, IOAPIC and 8254 in Lodge.
 */
final class KvmMachine implements VirtualMachine {
    /**
     * Four pages below 4 GiB that KVM needs on Intel processors; the board keeps 0xfef00000 to
     * 0xfeffffff free.
     */
    private static final long IDENTITY_MAP_ADDRESS = 0xfeff_c000L;

    private static final long TSS_ADDRESS = 0xfeff_d000L;

    private final VmShape shape;
    private final IoSpace io;
    private final KvmVmFd vm;
    private final KvmCpuid cpuid;
    private final int vcpuMmapSize;
    private final int[] msrs;
    private final KvmMemory backing;
    private final GuestMemory memory;
    private final KvmApics apics;
    private final List<KvmVcpu> vcpus = new ArrayList<>();

    KvmMachine(VmShape shape, IoSpace io, KvmSystemFd kvm) {
        this.shape = shape;
        this.io = io;
        cpuid =
                new KvmCpuid(
                        shape,
                        KvmCpuid.ofHost(kvm),
                        kvm.checkExtension(KvmApi.KVM_CAP_TSC_DEADLINE_TIMER) > 0);
        vcpuMmapSize = kvm.vcpuMmapSize();
        msrs =
                shape.cpuModel() == CpuModel.LODGE_V2
                        ? LodgeV2.msrs()
                        : stateMsrs(kvm.msrIndexList());
        vm = kvm.createVm();
        try {
            vm.setIdentityMapAddress(IDENTITY_MAP_ADDRESS);
            vm.setTssAddress(TSS_ADDRESS);
            vm.enableCap(KvmApi.KVM_CAP_SPLIT_IRQCHIP, KvmApics.PINS);
        } catch (LodgeException e) {
            vm.close();
            throw e;
        }
        backing = new KvmMemory(vm);
        memory = new GuestMemory(backing);
        apics = new KvmApics(vm);
    }

    /**
     * Those of KVM's list that hold state, by ascending unsigned index; older kernels leave out the
     * MTRRs.
     */
    private static int[] stateMsrs(int[] list) {
        return IntStream.concat(
                        Arrays.stream(list).filter(KvmMachine::holdsState),
                        Arrays.stream(LodgeV2.msrs()))
                .boxed()
                .distinct()
                .sorted(Integer::compareUnsigned)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static boolean holdsState(int msr) {
        return switch (msr) {
            // Held by the local APIC, the control registers and the segment registers.
            case 0x1b, 0xc000_0080, 0xc000_0100, 0xc000_0101 -> false;
            // What the processor is, not what it does: microcode, platform, capabilities, VMX.
            case 0x8b, 0xce, 0x10a, 0x345, 0xcf -> false;
            default -> msr < 0x480 || msr > 0x492;
        };
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
        KvmVcpuFd fd = vm.createVcpu(id, vcpuMmapSize);
        try {
            cpuid.install(fd, id);
            VcpuState state =
                    new VcpuState(
                            fd, new VcpuMsrs(fd, msrs), cpuid.xsaveBytes(), cpuid.xfeatures());
            KvmVcpu vcpu = new KvmVcpu(id, fd, io, apics, state, new KvmAssist(id, state, memory));
            vcpu.load(CpuState.reset(id, cpuSignature()));
            if (id == 0) {
                apics.intrLine().connect(vcpu);
            }
            vcpus.add(vcpu);
            return vcpu;
        } catch (LodgeException e) {
            fd.close();
            throw e;
        }
    }

    @Override
    public int cpuSignature() {
        return cpuid.signature();
    }

    @Override
    public synchronized void close() {
        vcpus.forEach(KvmVcpu::close);
        vcpus.clear();
        vm.close();
        backing.close();
    }
}
