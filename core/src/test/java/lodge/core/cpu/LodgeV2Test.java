package lodge.core.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.cpu.LodgeV2.Feature;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class LodgeV2Test {
    private static CpuidEntry leaf(List<CpuidEntry> leaves, int leaf, int subleaf) {
        return leaves.stream()
                .filter(e -> e.leaf() == leaf && e.subleaf() == subleaf)
                .findFirst()
                .orElseThrow();
    }

    private static String text(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(words).forEach(bytes::putInt);
        return new String(bytes.array(), StandardCharsets.US_ASCII).replace("\0", "");
    }

    @Test
    void itIsAnIntelProcessorNamedAfterTheLevel() {
        List<CpuidEntry> leaves = LodgeV2.cpuid(0, 1);
        CpuidEntry vendor = leaf(leaves, 0, 0);
        assertEquals("GenuineIntel", text(vendor.ebx(), vendor.edx(), vendor.ecx()));
        StringBuilder brand = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            CpuidEntry e = leaf(leaves, 0x8000_0002 + i, 0);
            brand.append(text(e.eax(), e.ebx(), e.ecx(), e.edx()));
        }
        assertEquals("Lodge x86-64-v2", brand.toString());
        assertEquals(LodgeV2.SIGNATURE, leaf(leaves, 1, 0).eax());
    }

    /** The table of levels in the x86-64 psABI, section 3.1.1. */
    @Test
    void itHasWhatTheLevelAsksForAndNothingOfTheNext() {
        CpuidEntry one = leaf(LodgeV2.cpuid(0, 1), 1, 0);
        int baseline = 1 << 0 | 1 << 8 | 1 << 15 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26;
        assertEquals(baseline, one.edx() & baseline);
        int second = 1 << 0 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 23;
        assertEquals(second, one.ecx() & second);
        int third = 1 << 12 | 1 << 22 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 29;
        assertEquals(0, one.ecx() & third, "FMA, MOVBE, XSAVE, OSXSAVE, AVX or F16C");
        CpuidEntry extended = leaf(LodgeV2.cpuid(0, 1), 0x8000_0001, 0);
        assertEquals(1, extended.ecx(), "LAHF alone");
        assertEquals(1 << 11 | 1 << 20 | 1 << 29, extended.edx(), "SYSCALL, NX, LM");
    }

    @Test
    void everyProcessorHasItsOwnIdAndAllAgreeOnTheTopology() {
        for (int cpus : new int[] {1, 2, 3, 8, 255}) {
            int bits = 32 - Integer.numberOfLeadingZeros(cpus - 1);
            for (int id : new int[] {0, cpus - 1}) {
                List<CpuidEntry> leaves = LodgeV2.cpuid(id, cpus);
                assertEquals(id, leaf(leaves, 1, 0).ebx() >>> 24);
                assertEquals(id, leaf(leaves, 0xb, 0).edx());
                assertEquals(bits, leaf(leaves, 0xb, 1).eax());
                assertEquals(cpus, leaf(leaves, 0xb, 1).ebx());
                assertEquals(cpus > 1, (leaf(leaves, 1, 0).edx() >>> 28 & 1) != 0, "HTT");
            }
        }
    }

    @Test
    void theCachesAreAsLargeAsTheyClaim() {
        int[] kib = {32, 32, 256, 8192};
        for (int i = 0; i < kib.length; i++) {
            CpuidEntry cache = leaf(LodgeV2.cpuid(0, 4), 4, i);
            int ways = (cache.ebx() >>> 22) + 1;
            int line = (cache.ebx() & 0xfff) + 1;
            assertEquals(kib[i] << 10, ways * line * (cache.ecx() + 1));
        }
        assertEquals(3, leaf(LodgeV2.cpuid(0, 4), 4, 3).eax() >>> 14 & 0xfff, "sharers of L3");
    }

    @Test
    void noLeafOfAParticularHypervisorIsShown() {
        List<CpuidEntry> leaves = LodgeV2.cpuid(0, 1);
        CpuidEntry hypervisor = leaf(leaves, 0x4000_0000, 0);
        assertEquals(0x4000_0000, hypervisor.eax());
        assertEquals("LodgeLodge", text(hypervisor.ebx(), hypervisor.ecx(), hypervisor.edx()));
        assertTrue(leaves.stream().noneMatch(e -> e.leaf() == 0x4000_0001));
    }

    @Test
    void leavesAndRegistersAscend() {
        List<CpuidEntry> leaves = LodgeV2.cpuid(0, 2);
        for (int i = 1; i < leaves.size(); i++) {
            CpuidEntry a = leaves.get(i - 1);
            CpuidEntry b = leaves.get(i);
            int order = Integer.compareUnsigned(a.leaf(), b.leaf());
            assertTrue(order < 0 || order == 0 && a.subleaf() < b.subleaf(), a + " before " + b);
        }
        int[] msrs = LodgeV2.msrs();
        for (int i = 1; i < msrs.length; i++) {
            assertTrue(Integer.compareUnsigned(msrs[i - 1], msrs[i]) < 0);
        }
    }

    @Test
    void aHostThatLacksAFeatureIsFoundOut() {
        List<CpuidEntry> itself = LodgeV2.cpuid(0, 1);
        assertEquals(List.of(), LodgeV2.missing(itself));
        List<CpuidEntry> old = new ArrayList<>();
        for (CpuidEntry e : itself) {
            int ecx = e.leaf() == 1 ? e.ecx() & ~(1 << 23 | 1 << 20) : e.ecx();
            old.add(
                    new CpuidEntry(
                            e.leaf(), e.subleaf(), e.indexed(), e.eax(), e.ebx(), ecx, e.edx()));
        }
        assertEquals(List.of(Feature.SSE4_2, Feature.POPCNT), LodgeV2.missing(old));
        assertEquals("SSE4.2", Feature.SSE4_2.label());
    }
}
