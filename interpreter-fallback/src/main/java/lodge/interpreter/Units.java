package lodge.interpreter;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which part of the instruction table is executed by which unit. */
final class Units {
    private Units() {}

    /** Returns the units by the names of their tables, in the order of the documentation. */
    static Map<String, Unit> byFile() {
        Map<String, Unit> units = new LinkedHashMap<>();
        units.put("integer.table", new IntegerUnit());
        units.put("system.table", new SystemUnit());
        units.put("segment.table", new SegmentUnit());
        simd(units);
        return units;
    }

    private static void simd(Map<String, Unit> units) {
        units.put("mmx.table", new MmxUnit());
        units.put("mmx-integer.table", new SimdIntegerUnit(SimdEncoding.MMX));
        units.put("sse-move.table", new SimdMoveUnit(false));
        units.put("sse-integer.table", new SimdIntegerUnit(SimdEncoding.LEGACY));
        units.put("sse-transfer.table", new SimdTransferUnit(SimdEncoding.LEGACY));
        units.put("avx-move.table", new SimdMoveUnit(true));
        units.put("avx-integer.table", new SimdIntegerUnit(SimdEncoding.VEX));
        units.put("avx-transfer.table", new SimdTransferUnit(SimdEncoding.VEX));
        units.put("avx.table", new AvxUnit());
    }
}
