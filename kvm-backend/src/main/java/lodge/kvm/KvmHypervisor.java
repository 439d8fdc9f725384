package lodge.kvm;

import lodge.core.BadConfigException;
import lodge.core.LodgeException;
import lodge.core.NativeCallException;
import lodge.core.backend.Availability;
import lodge.core.backend.Capability;
import lodge.core.backend.Hypervisor;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmSystemFd;
import lodge.natives.posix.Errno;

import java.io.File;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Runs guest code with Linux KVM. */
public final class KvmHypervisor implements Hypervisor {
    private static final int API_VERSION = 12;

    /** A capability Lodge cannot do without. */
    private record Need(int capability, String name) {}

    private static final Need[] NEEDS = {
        new Need(KvmApi.KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"),
        new Need(KvmApi.KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP"),
        new Need(KvmApi.KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"),
        new Need(KvmApi.KVM_CAP_SIGNAL_MSI, "KVM_CAP_SIGNAL_MSI"),
        new Need(KvmApi.KVM_CAP_READONLY_MEM, "KVM_CAP_READONLY_MEM"),
        new Need(KvmApi.KVM_CAP_VCPU_EVENTS, "KVM_CAP_VCPU_EVENTS"),
        new Need(KvmApi.KVM_CAP_DEBUGREGS, "KVM_CAP_DEBUGREGS"),
        new Need(KvmApi.KVM_CAP_XSAVE, "KVM_CAP_XSAVE"),
        new Need(KvmApi.KVM_CAP_XCRS, "KVM_CAP_XCRS"),
        new Need(KvmApi.KVM_CAP_MP_STATE, "KVM_CAP_MP_STATE"),
        new Need(KvmApi.KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR"),
        new Need(KvmApi.KVM_CAP_SET_IDENTITY_MAP_ADDR, "KVM_CAP_SET_IDENTITY_MAP_ADDR"),
    };

    /** Made by {@link java.util.ServiceLoader}. */
    public KvmHypervisor() {}

    @Override
    public String name() {
        return "kvm";
    }

    @Override
    public Availability probe() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        if (!os.equals("linux")) {
            return new Availability.Missing(
                    "KVM is a part of Linux", "use another backend on this system");
        }
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return new Availability.Missing(
                    "The processor is no x86-64 one", "use the backend interpreter");
        }
        try (KvmSystemFd kvm = KvmSystemFd.open()) {
            return examine(kvm);
        } catch (NativeCallException e) {
            return missing(e);
        } catch (LodgeException | LinkageError e) {
            return new Availability.Missing(
                    "KVM does not answer: " + e.getMessage(), "use the backend interpreter");
        }
    }

    private static Availability examine(KvmSystemFd kvm) {
        int version = kvm.apiVersion();
        if (version != API_VERSION) {
            return new Availability.Missing(
                    "KVM has API version %d, not %d".formatted(version, API_VERSION),
                    "use a Linux kernel of this century's second decade or newer");
        }
        for (Need need : NEEDS) {
            if (kvm.checkExtension(need.capability) <= 0) {
                return new Availability.Missing(
                        "KVM lacks " + need.name, "use Linux 4.12 or newer");
            }
        }
        Set<Capability> can =
                EnumSet.of(
                        Capability.DIRTY_LOG,
                        Capability.READ_ONLY_MEMORY,
                        Capability.FULL_STATE,
                        Capability.X2APIC);
        if (kvm.checkExtension(KvmApi.KVM_CAP_SET_GUEST_DEBUG) > 0) {
            can.add(Capability.SINGLE_STEP);
            can.add(Capability.HARDWARE_BREAKPOINTS);
        }
        String detail =
                "KVM API %d, at most %d processors"
                        .formatted(
                                version,
                                Math.min(
                                        kvm.checkExtension(KvmApi.KVM_CAP_MAX_VCPUS),
                                        VmShape.MAX_CPUS));
        return new Availability.Ready(detail, can);
    }

    static Availability missing(NativeCallException e) {
        return switch (e.errorCode()) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO -> noDevice();
            case Errno.EACCES, Errno.EPERM ->
                    new Availability.Missing(
                            "No permission on /dev/kvm",
                            "join the group kvm (sudo usermod -aG kvm $USER) and log in again");
            case Errno.EBUSY ->
                    new Availability.Missing(
                            "Another hypervisor holds the processor's virtualization",
                            "stop it (VirtualBox and VMware are usual ones)");
            default ->
                    new Availability.Missing(
                            "/dev/kvm cannot be opened: " + e.errorName(),
                            "see the kernel's log (dmesg | grep -i kvm)");
        };
    }

    private static Availability noDevice() {
        if (new File("/sys/module/kvm_intel").exists()
                || new File("/sys/module/kvm_amd").exists()) {
            return new Availability.Missing(
                    "The KVM module is loaded but there is no /dev/kvm",
                    "in a container, pass the device in (--device /dev/kvm)");
        }
        return HostCpu.hasVirtualization()
                ? new Availability.Missing(
                        "The KVM module is not loaded",
                        "load it (sudo modprobe kvm_intel, or kvm_amd)")
                : new Availability.Missing(
                        "The processor offers no hardware virtualization",
                        "switch on VT-x or AMD-V in the firmware, or nested virtualization in the"
                                + " hypervisor above");
    }

    @Override
    public VirtualMachine create(VmShape shape, IoSpace io) {
        if (shape.turns()) {
            throw new BadConfigException(
                    "KVM runs processors at the same time; choose the backend interpreter, or let"
                            + " the processors not take turns");
        }
        // The machine needs /dev/kvm only while it is made.
        try (KvmSystemFd kvm = KvmSystemFd.open()) {
            return new KvmMachine(shape, io, kvm);
        }
    }
}
