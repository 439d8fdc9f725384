package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import lodge.natives.posix.CallState;
import lodge.natives.posix.Errno;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The file descriptor of one virtual machine. May be called by any thread: calls are serialised by
 * its monitor, which is a leaf of the lock order.
 */
public final class KvmVmFd extends Fd {
    private final MemorySegment region = Arena.ofAuto().allocate(KvmUserspaceMemoryRegion.LAYOUT);
    private final MemorySegment msi = Arena.ofAuto().allocate(KvmMsi.LAYOUT);
    private final MemorySegment dirtyLog = Arena.ofAuto().allocate(KvmDirtyLog.LAYOUT);

    KvmVmFd(int fd) {
        super(new CallState(), "VM", fd);
    }

    /**
     * KVM_CHECK_EXTENSION of this machine.
     *
     * @param capability a {@code KVM_CAP_} number
     * @return 0 when it is absent
     */
    public synchronized int checkExtension(int capability) {
        return request("KVM_CHECK_EXTENSION", KvmApi.KVM_CHECK_EXTENSION, capability);
    }

    /**
     * KVM_ENABLE_CAP.
     *
     * @param capability a {@code KVM_CAP_} number
     * @param argument its first argument
     */
    public synchronized void enableCap(int capability, long argument) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cap = arena.allocate(KvmEnableCap.LAYOUT);
            cap.set(U32, KvmEnableCap.CAP, capability);
            cap.set(U64, KvmEnableCap.ARGS, argument);
            request("KVM_ENABLE_CAP(" + capability + ")", KvmApi.KVM_ENABLE_CAP, cap);
        }
    }

    /**
     * KVM_SET_TSS_ADDR: three pages for processors that cannot run real mode.
     *
     * @param address guest physical address below 4 GiB, unused by anything else
     */
    public synchronized void setTssAddress(long address) {
        request("KVM_SET_TSS_ADDR", KvmApi.KVM_SET_TSS_ADDR, address);
    }

    /**
     * KVM_SET_IDENTITY_MAP_ADDR: one page for processors that cannot run without paging. Only
     * before the first vCPU.
     *
     * @param address guest physical address below 4 GiB, unused by anything else
     */
    public synchronized void setIdentityMapAddress(long address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(U64);
            value.set(U64, 0, address);
            request("KVM_SET_IDENTITY_MAP_ADDR", KvmApi.KVM_SET_IDENTITY_MAP_ADDR, value);
        }
    }

    /**
     * KVM_SET_USER_MEMORY_REGION: makes, changes or (size 0) deletes a memory slot.
     *
     * @param slot its number
     * @param flags {@code KVM_MEM_}
     * @param guestAddress guest physical address
     * @param size in bytes
     * @param hostAddress where the memory is
     */
    public synchronized void setMemoryRegion(
            int slot, int flags, long guestAddress, long size, long hostAddress) {
        region.set(U32, KvmUserspaceMemoryRegion.SLOT, slot);
        region.set(U32, KvmUserspaceMemoryRegion.FLAGS, flags);
        region.set(U64, KvmUserspaceMemoryRegion.GUEST_PHYS_ADDR, guestAddress);
        region.set(U64, KvmUserspaceMemoryRegion.MEMORY_SIZE, size);
        region.set(U64, KvmUserspaceMemoryRegion.USERSPACE_ADDR, hostAddress);
        request("KVM_SET_USER_MEMORY_REGION", KvmApi.KVM_SET_USER_MEMORY_REGION, region);
    }

    /**
     * KVM_GET_DIRTY_LOG: fetches and clears the log of a slot.
     *
     * @param slot its number
     * @param bitmap receives one bit per page, a multiple of 8 bytes
     */
    public synchronized void dirtyLog(int slot, MemorySegment bitmap) {
        dirtyLog.set(U32, KvmDirtyLog.SLOT, slot);
        dirtyLog.set(U64, KvmDirtyLog.DIRTY_BITMAP, bitmap.address());
        request("KVM_GET_DIRTY_LOG", KvmApi.KVM_GET_DIRTY_LOG, dirtyLog);
    }

    /**
     * KVM_SET_GSI_ROUTING: replaces the table of routes.
     *
     * @param routes a {@link KvmIrqRouting} with its entries
     */
    public synchronized void setGsiRouting(MemorySegment routes) {
        request("KVM_SET_GSI_ROUTING", KvmApi.KVM_SET_GSI_ROUTING, routes);
    }

    /**
     * KVM_SIGNAL_MSI: sends a message-signalled interrupt. Allocates nothing.
     *
     * @param address its address
     * @param data its data
     * @return positive when it was delivered, 0 when the guest blocks it, -1 when it is not a valid
     *     message
     */
    public synchronized int signalMsi(long address, int data) {
        msi.set(U32, KvmMsi.ADDRESS_LO, (int) address);
        msi.set(U32, KvmMsi.ADDRESS_HI, (int) (address >>> 32));
        msi.set(U32, KvmMsi.DATA, data);
        return Libc.ioctl(state(), number(), KvmApi.KVM_SIGNAL_MSI, msi);
    }

    /** Returns the paravirtual clock in nanoseconds (KVM_GET_CLOCK). */
    public synchronized long clock() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(KvmClockData.LAYOUT);
            request("KVM_GET_CLOCK", KvmApi.KVM_GET_CLOCK, data);
            return data.get(U64, KvmClockData.CLOCK);
        }
    }

    /**
     * Sets the paravirtual clock (KVM_SET_CLOCK).
     *
     * @param nanos its new value
     */
    public synchronized void setClock(long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(KvmClockData.LAYOUT);
            data.set(U64, KvmClockData.CLOCK, nanos);
            request("KVM_SET_CLOCK", KvmApi.KVM_SET_CLOCK, data);
        }
    }

    /**
     * Connects an eventfd to a GSI (KVM_IRQFD).
     *
     * @param eventfd its descriptor
     * @param gsi the global system interrupt
     * @param connect whether to connect or to disconnect
     */
    public synchronized void irqfd(int eventfd, int gsi, boolean connect) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment irqfd = arena.allocate(KvmIrqfd.LAYOUT);
            irqfd.set(U32, KvmIrqfd.FD, eventfd);
            irqfd.set(U32, KvmIrqfd.GSI, gsi);
            irqfd.set(U32, KvmIrqfd.FLAGS, connect ? 0 : KvmApi.KVM_IRQFD_FLAG_DEASSIGN);
            request("KVM_IRQFD", KvmApi.KVM_IRQFD, irqfd);
        }
    }

    /**
     * Lets a guest's write signal an eventfd instead of ending KVM_RUN (KVM_IOEVENTFD).
     *
     * @param eventfd its descriptor
     * @param address port or guest physical address
     * @param length 1, 2, 4 or 8 bytes, or 0 for any
     * @param flags {@code KVM_IOEVENTFD_FLAG_}
     * @param datamatch the value that must be written, with KVM_IOEVENTFD_FLAG_DATAMATCH
     */
    public synchronized void ioeventfd(
            int eventfd, long address, int length, int flags, long datamatch) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(KvmIoeventfd.LAYOUT);
            event.set(U32, KvmIoeventfd.FD, eventfd);
            event.set(U64, KvmIoeventfd.ADDR, address);
            event.set(U32, KvmIoeventfd.LEN, length);
            event.set(U32, KvmIoeventfd.FLAGS, flags);
            event.set(U64, KvmIoeventfd.DATAMATCH, datamatch);
            request("KVM_IOEVENTFD", KvmApi.KVM_IOEVENTFD, event);
        }
    }

    /**
     * Makes an in-kernel device (KVM_CREATE_DEVICE). On x86 only VFIO is one.
     *
     * @param type {@code KVM_DEV_TYPE_}
     * @return its descriptor
     */
    public synchronized KvmDeviceFd createDevice(int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment device = arena.allocate(KvmCreateDevice.LAYOUT);
            device.set(U32, KvmCreateDevice.TYPE, type);
            request("KVM_CREATE_DEVICE", KvmApi.KVM_CREATE_DEVICE, device);
            return new KvmDeviceFd(device.get(U32, KvmCreateDevice.FD));
        }
    }

    /**
     * Makes a vCPU (KVM_CREATE_VCPU).
     *
     * @param id its APIC id
     * @param mmapSize what {@link KvmSystemFd#vcpuMmapSize} says
     * @return its descriptor
     */
    public synchronized KvmVcpuFd createVcpu(int id, int mmapSize) {
        int fd;
        do {
            fd = Libc.ioctl(state(), number(), KvmApi.KVM_CREATE_VCPU, id);
        } while (fd < 0 && state().errno() == Errno.EINTR);
        if (fd < 0) {
            throw failure("ioctl(KVM_CREATE_VCPU " + id + ")");
        }
        return KvmVcpuFd.map(fd, mmapSize);
    }
}
