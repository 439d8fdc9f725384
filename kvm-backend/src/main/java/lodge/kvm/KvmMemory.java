package lodge.kvm;

import static lodge.natives.CLayout.U64;

import lodge.core.BadConfigException;
import lodge.core.NativeCallException;
import lodge.core.memory.DirtyBitmap;
import lodge.core.memory.GuestMemory;
import lodge.core.memory.MemoryRange;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmVmFd;
import lodge.natives.posix.CallState;
import lodge.natives.posix.Errno;
import lodge.natives.posix.Libc;
import lodge.natives.posix.Mapping;
import lodge.natives.posix.Posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Guest memory as KVM's memory slots, one for each range of the map. Called with the monitor of
 * GuestMemory held.
 */
final class KvmMemory implements GuestMemory.Backing {
    private static final int PAGE_SHIFT = 12;

    private final KvmVmFd vm;
    private final List<Mapping> mappings = new ArrayList<>();
    private final Map<MemoryRange, Integer> slots = new IdentityHashMap<>();
    private final BitSet used = new BitSet();
    private long total;

    KvmMemory(KvmVmFd vm) {
        this.vm = vm;
    }

    @Override
    public MemorySegment allocate(String name, long bytes) {
        CallState state = new CallState();
        long host =
                Libc.sysconf(state, Posix._SC_PHYS_PAGES) * Libc.sysconf(state, Posix._SC_PAGESIZE);
        if (bytes > host - total) {
            throw tooMuch(name, bytes, host, null);
        }
        try {
            Mapping mapping = Mapping.anonymous("guest memory " + name, bytes);
            // Advice only: without it a child process would share the pages, or small pages are
            // used.
            mapping.advise(Posix.MADV_DONTFORK);
            mapping.advise(Posix.MADV_HUGEPAGE);
            mappings.add(mapping);
            total += bytes;
            return mapping.segment();
        } catch (NativeCallException e) {
            throw tooMuch(name, bytes, host, e);
        }
    }

    private static BadConfigException tooMuch(
            String name, long bytes, long host, NativeCallException cause) {
        return new BadConfigException(
                "Memory %s of %d MiB is more than this host, with %d MiB, can give; choose less"
                        .formatted(name, bytes >>> 20, host >>> 20),
                cause);
    }

    @Override
    public void map(MemoryRange range) {
        int slot = used.nextClearBit(0);
        try {
            set(slot, range, false);
        } catch (NativeCallException e) {
            // The guest chose the address (a PCI BAR): beyond what the processor can address, or on
            // the three pages
            // that KVM itself needs. Nobody answers there.
            if (e.errorCode() == Errno.EINVAL || e.errorCode() == Errno.EEXIST) {
                return;
            }
            throw e;
        }
        used.set(slot);
        slots.put(range, slot);
    }

    private void set(int slot, MemoryRange range, boolean log) {
        int flags =
                (range.writable() ? 0 : KvmApi.KVM_MEM_READONLY)
                        | (log ? KvmApi.KVM_MEM_LOG_DIRTY_PAGES : 0);
        long host = range.block().segment().address() + range.offset();
        vm.setMemoryRegion(slot, flags, range.gpa(), range.size(), host);
    }

    @Override
    public void unmap(MemoryRange range) {
        Integer slot = slots.remove(range);
        if (slot != null) {
            vm.setMemoryRegion(slot, 0, range.gpa(), 0, 0);
            used.clear(slot);
        }
    }

    @Override
    public void logDirty(MemoryRange range, boolean on) {
        Integer slot = slots.get(range);
        if (slot != null) {
            set(slot, range, on);
        }
    }

    @Override
    public void collectDirty(MemoryRange range, DirtyBitmap bitmap) {
        Integer slot = slots.get(range);
        if (slot == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long pages = range.size() >>> PAGE_SHIFT;
            MemorySegment log = arena.allocate(U64, (pages + 63) >>> 6);
            vm.dirtyLog(slot, log);
            long first = range.offset() >>> PAGE_SHIFT;
            for (long word = 0; word < log.byteSize() / 8; word++) {
                long mask = log.getAtIndex(U64, word);
                if (mask != 0) {
                    bitmap.markMask(first + 64 * word, mask);
                }
            }
        }
    }

    /** Unmaps all memory; no vCPU may run and nobody may touch it any more. */
    void close() {
        mappings.forEach(Mapping::close);
        mappings.clear();
    }
}
