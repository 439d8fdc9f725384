package lodge.core.state;

import lodge.core.BadStateException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The binary form of states. A file is {@code "LODGEST1"}, then sections (name, length, fields), an
 * empty name, and a CRC-32C of all before it. A section is a list of fields: name, type tag,
 * length, value. Numbers are big-endian, names are modified UTF-8 with a 16-bit length. Every value
 * carries its length, so an unknown one can be passed over.
 *
 * <p>Types: boolean, byte, short, int, long (stored as 64 bits: a field may widen between
 * versions), String, enums (by name), byte[], int[], long[], boolean[], nested records, lists of
 * records.
 */
public final class StateCodec {
    private static final byte[] MAGIC = {'L', 'O', 'D', 'G', 'E', 'S', 'T', '1'};
    private static final int NUMBER = 1;
    private static final int TEXT = 2;
    private static final int BYTES = 3;
    private static final int NUMBERS = 4;
    private static final int RECORD = 5;
    private static final int RECORDS = 6;

    private StateCodec() {}

    static byte[] encode(Record state) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (RecordComponent component : state.getClass().getRecordComponents()) {
                out.writeUTF(component.getName());
                encodeValue(out, component, States.get(component, state));
            }
        } catch (IOException e) {
            throw new IllegalStateException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void encodeValue(DataOutputStream out, RecordComponent component, Object value)
            throws IOException {
        switch (value) {
            case Boolean b -> number(out, b ? 1 : 0);
            case Number n
                    when n instanceof Byte
                            || n instanceof Short
                            || n instanceof Integer
                            || n instanceof Long ->
                    number(out, n.longValue());
            case String s -> chunk(out, TEXT, s.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            case Enum<?> e ->
                    chunk(out, TEXT, e.name().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            case byte[] array -> chunk(out, BYTES, array);
            case int[] array ->
                    numbers(out, java.util.Arrays.stream(array).asLongStream().toArray());
            case long[] array -> numbers(out, array);
            case boolean[] array -> {
                long[] wide = new long[array.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = array[i] ? 1 : 0;
                }
                numbers(out, wide);
            }
            case Record nested -> chunk(out, RECORD, encode(nested));
            case List<?> list -> {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                DataOutputStream inner = new DataOutputStream(bytes);
                inner.writeInt(list.size());
                for (Object element : list) {
                    byte[] encoded = encode((Record) element);
                    inner.writeInt(encoded.length);
                    inner.write(encoded);
                }
                chunk(out, RECORDS, bytes.toByteArray());
            }
            case null, default ->
                    throw new IllegalArgumentException(
                            "Field %s of %s has a type the state codec does not know: %s"
                                    .formatted(
                                            component.getName(),
                                            component.getDeclaringRecord().getName(),
                                            value));
        }
    }

    private static void number(DataOutputStream out, long value) throws IOException {
        out.writeByte(NUMBER);
        out.writeInt(Long.BYTES);
        out.writeLong(value);
    }

    private static void numbers(DataOutputStream out, long[] values) throws IOException {
        out.writeByte(NUMBERS);
        out.writeInt(values.length * Long.BYTES);
        for (long value : values) {
            out.writeLong(value);
        }
    }

    private static void chunk(DataOutputStream out, int tag, byte[] value) throws IOException {
        out.writeByte(tag);
        out.writeInt(value.length);
        out.write(value);
    }

    static Record decode(String where, byte[] section, Record reset) {
        Map<String, Field> fields = new HashMap<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(section))) {
            while (in.available() > 0) {
                String name = in.readUTF();
                int tag = in.readUnsignedByte();
                fields.put(name, new Field(tag, block(in, where)));
            }
        } catch (IOException e) {
            throw damaged(where, e);
        }
        RecordComponent[] components = reset.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            types[i] = component.getType();
            Object old = States.get(component, reset);
            Field field = fields.get(component.getName());
            String path = where + "." + component.getName();
            values[i] = field == null ? old : decodeValue(path, field, component, old);
        }
        try {
            return (Record) reset.getClass().getConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            throw new BadStateException(
                    "Saved state of " + where + " holds a value out of range", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "State of " + where + " must be a public record in an exported package", e);
        }
    }

    private static Object decodeValue(
            String path, Field field, RecordComponent component, Object old) {
        Class<?> type = component.getType();
        try {
            if (type == boolean.class) {
                return field.number(path) != 0;
            } else if (type == byte.class) {
                return (byte) field.number(path);
            } else if (type == short.class) {
                return (short) field.number(path);
            } else if (type == int.class) {
                return (int) field.number(path);
            } else if (type == long.class) {
                return field.number(path);
            } else if (type == String.class) {
                return field.text(path);
            } else if (type.isEnum()) {
                return constant(path, type, field.text(path));
            } else if (type == byte[].class) {
                return field.require(BYTES, path);
            } else if (type == long[].class) {
                return field.numbers(path);
            } else if (type == int[].class) {
                return java.util.Arrays.stream(field.numbers(path))
                        .mapToInt(n -> (int) n)
                        .toArray();
            } else if (type == boolean[].class) {
                long[] wide = field.numbers(path);
                boolean[] narrow = new boolean[wide.length];
                for (int i = 0; i < wide.length; i++) {
                    narrow[i] = wide[i] != 0;
                }
                return narrow;
            } else if (Record.class.isAssignableFrom(type)) {
                return decode(path, field.require(RECORD, path), (Record) old);
            } else if (type == List.class) {
                return list(path, field.require(RECORDS, path), component);
            }
        } catch (IOException e) {
            throw damaged(path, e);
        }
        throw new IllegalArgumentException(
                path + " has a type the state codec does not know: " + type);
    }

    private static List<Record> list(String path, byte[] bytes, RecordComponent component)
            throws IOException {
        Class<?> element =
                (Class<?>)
                        ((ParameterizedType) component.getGenericType())
                                .getActualTypeArguments()[0];
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int count = in.readInt();
        List<Record> result = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            result.add(decode(path + "[" + i + "]", block(in, path), zero(path, element)));
        }
        return result;
    }

    /** Elements of lists have no reset value: a missing field of theirs is zero, or empty. */
    private static Record zero(String path, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = zeroValue(path, types[i]);
        }
        try {
            return (Record) type.getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "Elements of " + path + " must be public records that accept zeros", e);
        }
    }

    private static Object zeroValue(String path, Class<?> type) {
        if (type.isArray()) {
            return java.lang.reflect.Array.newInstance(type.getComponentType(), 0);
        } else if (type.isPrimitive()) {
            return java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0);
        } else if (type == String.class) {
            return "";
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        } else if (type == List.class) {
            return List.of();
        }
        return zero(path, type);
    }

    private static Object constant(String path, Class<?> type, String name) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new BadStateException(
                "Saved state of " + path + " is " + name + ", which this version does not know");
    }

    static byte[] writeSections(Map<String, byte[]> sections) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(MAGIC);
            for (Map.Entry<String, byte[]> section : sections.entrySet()) {
                out.writeUTF(section.getKey());
                out.writeInt(section.getValue().length);
                out.write(section.getValue());
            }
            out.writeUTF("");
            CRC32C crc = new CRC32C();
            crc.update(bytes.toByteArray());
            out.writeInt((int) crc.getValue());
        } catch (IOException e) {
            throw new IllegalStateException("Memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    static void readSections(byte[] bytes, Map<String, byte[]> sections) {
        if (bytes.length < MAGIC.length + 6
                || !java.util.Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new BadStateException(
                    "Not a saved state of Lodge: it does not begin with LODGEST1");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            in.skipNBytes(MAGIC.length);
            for (String name = in.readUTF(); !name.isEmpty(); name = in.readUTF()) {
                sections.put(name, block(in, name));
            }
            if (in.readInt() != (int) crc.getValue() || in.available() != 0) {
                throw new BadStateException(
                        "The saved state is damaged: its checksum does not fit; use another copy");
            }
        } catch (IOException e) {
            throw damaged("the file", e);
        }
    }

    private static byte[] block(DataInputStream in, String where) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw damaged(where, null);
        }
        return in.readNBytes(length);
    }

    private static BadStateException damaged(String where, IOException cause) {
        return new BadStateException(
                "The saved state is damaged in " + where + "; use another copy", cause);
    }

    private record Field(int tag, byte[] value) {
        byte[] require(int wanted, String path) throws IOException {
            if (tag != wanted) {
                throw new IOException(path + " has type tag " + tag + " instead of " + wanted);
            }
            return value;
        }

        long number(String path) throws IOException {
            return new DataInputStream(new ByteArrayInputStream(require(NUMBER, path))).readLong();
        }

        String text(String path) throws IOException {
            return new String(require(TEXT, path), java.nio.charset.StandardCharsets.UTF_8);
        }

        long[] numbers(String path) throws IOException {
            DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(require(NUMBERS, path)));
            long[] result = new long[value.length / Long.BYTES];
            for (int i = 0; i < result.length; i++) {
                result[i] = in.readLong();
            }
            return result;
        }
    }
}
