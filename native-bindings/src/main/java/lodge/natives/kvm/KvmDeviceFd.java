package lodge.natives.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import lodge.natives.posix.CallState;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The file descriptor of an in-kernel device. Belongs to one thread at a time. */
public final class KvmDeviceFd extends Fd {
    KvmDeviceFd(int fd) {
        super(new CallState(), "device", fd);
    }

    /**
     * KVM_HAS_DEVICE_ATTR.
     *
     * @param group group of attributes
     * @param attribute attribute
     * @return whether the device has it
     */
    public boolean hasAttribute(int group, long attribute) {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.ioctl(
                            state(),
                            number(),
                            KvmApi.KVM_HAS_DEVICE_ATTR,
                            attribute(arena, group, attribute, MemorySegment.NULL))
                    == 0;
        }
    }

    /**
     * KVM_SET_DEVICE_ATTR.
     *
     * @param group group of attributes
     * @param attribute attribute
     * @param value its value, in native memory
     */
    public void setAttribute(int group, long attribute, MemorySegment value) {
        try (Arena arena = Arena.ofConfined()) {
            request(
                    "KVM_SET_DEVICE_ATTR",
                    KvmApi.KVM_SET_DEVICE_ATTR,
                    attribute(arena, group, attribute, value));
        }
    }

    /**
     * KVM_GET_DEVICE_ATTR.
     *
     * @param group group of attributes
     * @param attribute attribute
     * @param value receives its value, in native memory
     */
    public void getAttribute(int group, long attribute, MemorySegment value) {
        try (Arena arena = Arena.ofConfined()) {
            request(
                    "KVM_GET_DEVICE_ATTR",
                    KvmApi.KVM_GET_DEVICE_ATTR,
                    attribute(arena, group, attribute, value));
        }
    }

    private static MemorySegment attribute(
            Arena arena, int group, long attribute, MemorySegment value) {
        MemorySegment result = arena.allocate(KvmDeviceAttr.LAYOUT);
        result.set(U32, KvmDeviceAttr.GROUP, group);
        result.set(U64, KvmDeviceAttr.ATTR, attribute);
        result.set(U64, KvmDeviceAttr.ADDR, value.address());
        return result;
    }
}
