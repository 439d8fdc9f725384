package lodge.natives.kvm;

import lodge.core.NativeCallException;
import lodge.natives.CLayout;
import lodge.natives.posix.CallState;
import lodge.natives.posix.Errno;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;
import lodge.natives.posix.Posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The file descriptor of {@code /dev/kvm}. */
public final class KvmSystemFd extends Fd {
    /** The device file. */
    public static final String PATH = "/dev/kvm";

    private KvmSystemFd(CallState state, int fd) {
        super(state, PATH, fd);
    }

    /**
     * Opens {@code /dev/kvm}.
     *
     * @return the descriptor
     * @throws NativeCallException when it cannot be opened; errno tells why
     */
    public static KvmSystemFd open() {
        CallState state = new CallState();
        int fd = Libc.open(state, PATH, Posix.O_RDWR | Posix.O_CLOEXEC);
        if (fd < 0) {
            throw state.failure("open(" + PATH + ")", remedy(state.errno()));
        }
        return new KvmSystemFd(state, fd);
    }

    private static String remedy(int errno) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                    "load the module kvm_intel or kvm_amd, and switch on virtualization in the"
                            + " firmware";
            case Errno.EACCES, Errno.EPERM -> "join the group kvm and log in again";
            default -> "";
        };
    }

    /** Returns KVM_GET_API_VERSION; 12 on every kernel since 2.6.22. */
    public int apiVersion() {
        return request("KVM_GET_API_VERSION", KvmApi.KVM_GET_API_VERSION, 0);
    }

    /**
     * KVM_CHECK_EXTENSION.
     *
     * @param capability a {@code KVM_CAP_} number
     * @return 0 when it is absent; otherwise positive, with a meaning that depends on the
     *     capability
     */
    public int checkExtension(int capability) {
        return request("KVM_CHECK_EXTENSION", KvmApi.KVM_CHECK_EXTENSION, capability);
    }

    /** Returns KVM_GET_VCPU_MMAP_SIZE: how many bytes of a vCPU's descriptor to map. */
    public int vcpuMmapSize() {
        return request("KVM_GET_VCPU_MMAP_SIZE", KvmApi.KVM_GET_VCPU_MMAP_SIZE, 0);
    }

    /**
     * Returns the numbers of the model-specific registers that make up a vCPU's state
     * (KVM_GET_MSR_INDEX_LIST).
     */
    public int[] msrIndexList() {
        int room = 1024;
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment list = arena.allocate(KvmMsrList.SIZE + 4L * room, 8);
                list.set(CLayout.U32, KvmMsrList.NMSRS, room);
                int result = Libc.ioctl(state(), number(), KvmApi.KVM_GET_MSR_INDEX_LIST, list);
                if (result == 0) {
                    int count = list.get(CLayout.U32, KvmMsrList.NMSRS);
                    return list.asSlice(KvmMsrList.INDICES, 4L * count).toArray(CLayout.U32);
                }
                if (state().errno() != Errno.E2BIG) {
                    throw failure("ioctl(KVM_GET_MSR_INDEX_LIST)");
                }
                room *= 2;
            }
        }
    }

    /**
     * Asks which CPUID leaves the processor and KVM support (KVM_GET_SUPPORTED_CPUID).
     *
     * @param arena where to put them
     * @return a {@link KvmCpuid2} with its entries
     */
    public MemorySegment supportedCpuid(Arena arena) {
        int room = 128;
        while (true) {
            MemorySegment cpuid = arena.allocate(KvmCpuid2.SIZE + KvmCpuidEntry2.SIZE * room, 8);
            cpuid.set(CLayout.U32, KvmCpuid2.NENT, room);
            int result = Libc.ioctl(state(), number(), KvmApi.KVM_GET_SUPPORTED_CPUID, cpuid);
            if (result == 0) {
                return cpuid;
            }
            if (state().errno() != Errno.E2BIG) {
                throw failure("ioctl(KVM_GET_SUPPORTED_CPUID)");
            }
            room *= 2;
        }
    }

    /**
     * Makes a virtual machine (KVM_CREATE_VM).
     *
     * @return its descriptor
     */
    public KvmVmFd createVm() {
        int fd;
        do {
            // A signal may interrupt the allocation of the kernel's tables.
            fd = Libc.ioctl(state(), number(), KvmApi.KVM_CREATE_VM, 0);
        } while (fd < 0 && state().errno() == Errno.EINTR);
        if (fd < 0) {
            throw failure("ioctl(KVM_CREATE_VM)");
        }
        return new KvmVmFd(fd);
    }
}
