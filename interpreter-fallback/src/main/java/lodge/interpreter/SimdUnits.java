package lodge.interpreter;

import java.util.Map;

/** The units of MMX, SSE and AVX with their tables. */
final class SimdUnits {
    private SimdUnits() {}

    /** Adds them, in the order of the documentation. */
    static void addTo(Map<String, Unit> units) {
        units.put("mmx.table", new MmxUnit());
        units.put("mmx-integer.table", new SimdIntegerUnit(SimdEncoding.MMX));
        units.put("sse-move.table", new SimdMoveUnit(false));
        units.put("sse-integer.table", new SimdIntegerUnit(SimdEncoding.LEGACY));
        units.put("sse-transfer.table", new SimdTransferUnit(SimdEncoding.LEGACY));
        units.put("sse-crypto.table", new CryptoUnit(SimdEncoding.LEGACY));
        units.put("sse-text.table", new SimdTextUnit(SimdEncoding.LEGACY));
        units.put("sse-float.table", new SimdFloatUnit(SimdEncoding.LEGACY));
        units.put("sse-convert.table", new SimdConvertUnit(SimdEncoding.LEGACY));
        units.put("avx-move.table", new SimdMoveUnit(true));
        units.put("avx-integer.table", new SimdIntegerUnit(SimdEncoding.VEX));
        units.put("avx-transfer.table", new SimdTransferUnit(SimdEncoding.VEX));
        units.put("avx-crypto.table", new CryptoUnit(SimdEncoding.VEX));
        units.put("avx-text.table", new SimdTextUnit(SimdEncoding.VEX));
        units.put("avx-float.table", new SimdFloatUnit(SimdEncoding.VEX));
        units.put("avx-convert.table", new SimdConvertUnit(SimdEncoding.VEX));
        units.put("fma.table", new FmaUnit());
        units.put("avx.table", new AvxUnit());
    }
}
