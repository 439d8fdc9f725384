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
        units.put("string.table", new StringUnit());
        units.put("system.table", new SystemUnit());
        units.put("x87.table", new X87Unit());
        units.put("state.table", new StateUnit());
        units.put("segment.table", new SegmentUnit());
        SimdUnits.addTo(units);
        return units;
    }
}
