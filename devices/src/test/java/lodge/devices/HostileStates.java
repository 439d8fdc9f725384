package lodge.devices;

import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes states that no device ever saved: any type the state codec knows, filled with extremes and
 * nonsense.
 */
final class HostileStates {
    private final RandomGenerator random;

    HostileStates(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Returns a state of the same type in which each field is nonsense with a probability of 1 in
     * {@code oneIn}.
     */
    Record of(Record state, int oneIn) {
        RecordComponent[] components = state.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Object old = read(components[i], state);
            if (random.nextInt(oneIn) == 0) {
                values[i] = nonsense(components[i], old);
            } else {
                values[i] = old instanceof Record nested ? of(nested, oneIn) : old;
            }
        }
        return construct(state.getClass(), values);
    }

    private Object nonsense(RecordComponent component, Object old) {
        Class<?> type = component.getType();
        if (old instanceof Record nested) {
            return of(nested, 1);
        } else if (type == List.class) {
            return list(component, (List<?>) old);
        } else if (type.isArray()) {
            Object array =
                    Array.newInstance(
                            type.getComponentType(),
                            random.nextInt(3) == 0 ? 0 : random.nextInt(300));
            for (int i = 0; i < Array.getLength(array); i++) {
                Array.set(array, i, scalar(type.getComponentType()));
            }
            return array;
        }
        return scalar(type);
    }

    private List<Record> list(RecordComponent component, List<?> old) {
        Class<?> element =
                (Class<?>)
                        ((ParameterizedType) component.getGenericType())
                                .getActualTypeArguments()[0];
        List<Record> result = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            Record from =
                    old.isEmpty() ? blank(element) : (Record) old.get(random.nextInt(old.size()));
            result.add(of(from, 1));
        }
        return result;
    }

    private Record blank(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            Class<?> inner = components[i].getType();
            if (inner.isRecord()) {
                values[i] = blank(inner);
            } else if (inner == List.class) {
                values[i] = List.of();
            } else {
                values[i] = nonsense(components[i], null);
            }
        }
        return construct(type, values);
    }

    private Object scalar(Class<?> type) {
        long number =
                switch (random.nextInt(6)) {
                    case 0 -> 0;
                    case 1 -> -1;
                    case 2 -> Long.MIN_VALUE >> random.nextInt(64);
                    case 3 -> Long.MAX_VALUE >> random.nextInt(64);
                    case 4 -> random.nextInt(256);
                    default -> random.nextLong();
                };
        if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class) {
            return (byte) number;
        } else if (type == short.class) {
            return (short) number;
        } else if (type == int.class) {
            return (int) number;
        } else if (type == long.class) {
            return number;
        } else if (type == String.class) {
            return "x".repeat(random.nextInt(20));
        } else if (type.isEnum()) {
            return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
        }
        throw new IllegalArgumentException("The state codec does not know " + type);
    }

    private static Object read(RecordComponent component, Record from) {
        try {
            return component.getAccessor().invoke(from);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("A state must be a public record", e);
        }
    }

    private static Record construct(Class<?> type, Object[] values) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            return (Record) type.getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "A state must be a public record that takes any value", e);
        }
    }
}
