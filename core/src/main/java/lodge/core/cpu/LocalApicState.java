package lodge.core.cpu;

import java.util.Arrays;

/**
 * A local APIC: IA32_APIC_BASE and the first 1024 bytes of the register page (SDM vol. 3A, table
 * 11-1), little-endian.
 *
 * @param apicBase IA32_APIC_BASE: bit 8 BSP, 10 x2APIC, 11 enabled
 * @param registers 1024 bytes, each register at its offset; not to be changed after construction
 */
public record LocalApicState(long apicBase, byte[] registers) {
    /** Bytes of the register page that hold registers. */
    public static final int SIZE = 1024;

    /** Where the register page lies after reset. */
    public static final long DEFAULT_BASE = 0xfee0_0000L;

    /**
     * The state after power-on (SDM vol. 3A, 11.4.7.1).
     *
     * @param id APIC id
     * @param bsp whether it is the bootstrap processor's
     * @return the state
     */
    public static LocalApicState reset(int id, boolean bsp) {
        byte[] page = new byte[SIZE];
        put(page, 0x20, id << 24);
        put(page, 0x30, 0x0005_0014);
        put(page, 0xe0, -1);
        put(page, 0xf0, 0xff);
        for (int lvt = 0x320; lvt <= 0x370; lvt += 0x10) {
            put(page, lvt, 1 << 16);
        }
        return new LocalApicState(DEFAULT_BASE | 1 << 11 | (bsp ? 1 << 8 : 0), page);
    }

    private static void put(byte[] page, int at, int value) {
        for (int i = 0; i < 4; i++) {
            page[at + i] = (byte) (value >>> 8 * i);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LocalApicState state
                && apicBase == state.apicBase
                && Arrays.equals(registers, state.registers);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(apicBase) * 31 + Arrays.hashCode(registers);
    }

    @Override
    public String toString() {
        return "LocalApicState[apicBase=0x%x]".formatted(apicBase);
    }
}
