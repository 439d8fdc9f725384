package lodge.core.state;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Compares state records in depth: arrays by contents, nested records field by field. */
public final class States {
    private States() {}

    /**
     * Compares two states.
     *
     * @param a one
     * @param b another of the same type
     * @return whether all fields are equal
     */
    public static boolean equal(Record a, Record b) {
        return diff(a, b).isEmpty();
    }

    /**
     * Lists the fields in which two states differ.
     *
     * @param a one
     * @param b another of the same type
     * @return lines like {@code segments.cs.base: 0xf0000 / 0xffff0000}; empty when equal
     */
    public static List<String> diff(Record a, Record b) {
        List<String> lines = new ArrayList<>();
        compare("", a, b, lines);
        return lines;
    }

    private static void compare(String path, Object a, Object b, List<String> lines) {
        if (a instanceof Record recordA && b instanceof Record && a.getClass() == b.getClass()) {
            for (RecordComponent component : recordA.getClass().getRecordComponents()) {
                String name =
                        path.isEmpty() ? component.getName() : path + "." + component.getName();
                compare(name, get(component, a), get(component, b), lines);
            }
        } else if (a != null
                && b != null
                && a.getClass().isArray()
                && a.getClass() == b.getClass()) {
            int length = Array.getLength(a);
            if (length != Array.getLength(b)) {
                lines.add("%s: length %d / %d".formatted(path, length, Array.getLength(b)));
                return;
            }
            for (int i = 0; i < length; i++) {
                compare(path + "[" + i + "]", Array.get(a, i), Array.get(b, i), lines);
            }
        } else if (a instanceof List<?> listA && b instanceof List<?> listB) {
            if (listA.size() != listB.size()) {
                lines.add("%s: length %d / %d".formatted(path, listA.size(), listB.size()));
                return;
            }
            for (int i = 0; i < listA.size(); i++) {
                compare(path + "[" + i + "]", listA.get(i), listB.get(i), lines);
            }
        } else if (!Objects.equals(a, b)) {
            lines.add("%s: %s / %s".formatted(path, show(a), show(b)));
        }
    }

    private static String show(Object value) {
        return switch (value) {
            case null -> "null";
            case Long l -> "0x%x".formatted(l);
            case Integer i -> "0x%x".formatted(i);
            case Byte b -> "0x%x".formatted(b);
            default -> value.toString();
        };
    }

    static Object get(RecordComponent component, Object from) {
        try {
            return component.getAccessor().invoke(from);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(
                    "State "
                            + from.getClass().getName()
                            + " must be a public record in an exported package",
                    e);
        }
    }
}
