package lodge.kvm;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;

import lodge.core.BadStateException;
import lodge.core.cpu.MsrValue;
import lodge.natives.kvm.KvmApi;
import lodge.natives.kvm.KvmMsrEntry;
import lodge.natives.kvm.KvmMsrs;
import lodge.natives.kvm.KvmVcpuFd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The model-specific registers of one processor that belong to its state and are not held elsewhere
 * in it.
 */
final class VcpuMsrs {
    private static final int TSC_DEADLINE = 0x6e0;

    private final KvmVcpuFd fd;
    private final int[] indices;
    private final Map<Integer, Long> fresh = new HashMap<>();

    /**
     * The registers of a processor that has just been made: what they hold now is their reset
     * value.
     *
     * @param fd the processor, its CPUID already set
     * @param candidates numbers of registers; those that this processor does not have are left out
     */
    VcpuMsrs(KvmVcpuFd fd, int[] candidates) {
        this.fd = fd;
        List<MsrValue> present = read(candidates);
        indices = present.stream().mapToInt(MsrValue::index).toArray();
        present.forEach(msr -> fresh.put(msr.index(), msr.value()));
    }

    List<MsrValue> save() {
        return read(indices);
    }

    private List<MsrValue> read(int[] wanted) {
        List<MsrValue> values = new ArrayList<>();
        int from = 0;
        while (from < wanted.length) {
            int[] rest = Arrays.copyOfRange(wanted, from, wanted.length);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment list = list(arena, rest, new long[rest.length]);
                int done = fd.request("KVM_GET_MSRS", KvmApi.KVM_GET_MSRS, list);
                for (int i = 0; i < done; i++) {
                    long at = KvmMsrs.ENTRIES + i * KvmMsrEntry.SIZE;
                    values.add(new MsrValue(rest[i], list.get(U64, at + KvmMsrEntry.DATA)));
                }
                // KVM stops at the first that the processor does not have.
                from += done + 1;
            }
        }
        return values;
    }

    /**
     * Takes over registers; those that are not named get their reset value.
     *
     * @param state their values
     * @param deadline whether to take over the APIC timer's deadline alone, or everything but that
     */
    void load(List<MsrValue> state, boolean deadline) {
        Map<Integer, Long> wanted = new HashMap<>(fresh);
        state.forEach(msr -> wanted.put(msr.index(), msr.value()));
        int[] chosen =
                wanted.keySet().stream()
                        .filter(index -> (index == TSC_DEADLINE) == deadline)
                        .sorted(Integer::compareUnsigned)
                        .mapToInt(Integer::intValue)
                        .toArray();
        long[] values = Arrays.stream(chosen).mapToLong(wanted::get).toArray();
        int from = 0;
        while (from < chosen.length) {
            try (Arena arena = Arena.ofConfined()) {
                int[] rest = Arrays.copyOfRange(chosen, from, chosen.length);
                long[] restValues = Arrays.copyOfRange(values, from, values.length);
                MemorySegment list = list(arena, rest, restValues);
                int done = fd.request("KVM_SET_MSRS", KvmApi.KVM_SET_MSRS, list);
                if (done < rest.length && !harmless(rest[done], restValues[done])) {
                    throw new BadStateException(
                            "KVM refuses value 0x%x for model-specific register 0x%x; the state is damaged or from another CPU model"
                                    .formatted(restValues[done], rest[done]));
                }
                from += done + 1;
            }
        }
    }

    /**
     * Whether a refused register holds what is wanted already, or is one that this processor lacks
     * and is 0.
     */
    private boolean harmless(int index, long value) {
        List<MsrValue> now = read(new int[] {index});
        return now.isEmpty() ? value == 0 : now.getFirst().value() == value;
    }

    private static MemorySegment list(Arena arena, int[] indices, long[] values) {
        MemorySegment list = arena.allocate(KvmMsrs.SIZE + indices.length * KvmMsrEntry.SIZE, 8);
        list.set(U32, KvmMsrs.NMSRS, indices.length);
        for (int i = 0; i < indices.length; i++) {
            long at = KvmMsrs.ENTRIES + i * KvmMsrEntry.SIZE;
            list.set(U32, at + KvmMsrEntry.INDEX, indices[i]);
            list.set(U64, at + KvmMsrEntry.DATA, values[i]);
        }
        return list;
    }
}
