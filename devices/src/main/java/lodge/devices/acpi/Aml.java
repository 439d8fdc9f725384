package lodge.devices.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A small assembler for ACPI Machine Language (ACPI specification 6.3, chapter 20). Each method
 * gives the bytes of one term, so that a definition block is written as nested calls, much as in
 * ASL.
 */
final class Aml {
    static final byte[] ARG0 = {0x68};
    static final byte[] LOCAL0 = {0x60};

    private static final int EXTENDED = 0x5b;
    private static final int NAME_OP = 0x08;
    private static final int BYTE_PREFIX = 0x0a;
    private static final int WORD_PREFIX = 0x0b;
    private static final int DWORD_PREFIX = 0x0c;
    private static final int STRING_PREFIX = 0x0d;
    private static final int QWORD_PREFIX = 0x0e;
    private static final int SCOPE_OP = 0x10;
    private static final int BUFFER_OP = 0x11;
    private static final int PACKAGE_OP = 0x12;
    private static final int METHOD_OP = 0x14;
    private static final int DUAL_NAME_PREFIX = 0x2e;
    private static final int MULTI_NAME_PREFIX = 0x2f;
    private static final int STORE_OP = 0x70;
    private static final int AND_OP = 0x7b;
    private static final int OR_OP = 0x7d;
    private static final int REGION_OP = 0x80;
    private static final int FIELD_OP = 0x81;
    private static final int DEVICE_OP = 0x82;
    private static final int CREATE_DWORD_FIELD_OP = 0x8a;
    private static final int IF_OP = 0xa0;
    private static final int ELSE_OP = 0xa1;
    private static final int RETURN_OP = 0xa4;
    private static final int PCI_CONFIG = 2;
    private static final int SERIALIZED = 8;
    private static final int BYTE_ACCESS_PRESERVE = 1;

    private Aml() {}

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    static byte[] littleEndian(long value, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >> 8 * i);
        }
        return bytes;
    }

    // ---- data

    /**
     * An integer in its shortest form; all bits set is written out, since OnesOp depends on the
     * integers' width.
     */
    static byte[] integer(long value) {
        if (value == 0 || value == 1) {
            return bytes((int) value);
        }
        if (value >>> 8 == 0) {
            return bytes(BYTE_PREFIX, (int) value);
        }
        if (value >>> 16 == 0) {
            return join(bytes(WORD_PREFIX), littleEndian(value, 2));
        }
        if (value >>> 32 == 0) {
            return join(bytes(DWORD_PREFIX), littleEndian(value, 4));
        }
        return join(bytes(QWORD_PREFIX), littleEndian(value, 8));
    }

    static byte[] string(String text) {
        return join(bytes(STRING_PREFIX), text.getBytes(StandardCharsets.US_ASCII), bytes(0));
    }

    /**
     * The compressed form of a PNP ID, for example {@code PNP0A03} (section 19.3.4): three letters
     * of five bits and four hexadecimal digits, big-endian.
     */
    static byte[] eisaId(String id) {
        int value = Integer.parseInt(id.substring(3), 16);
        for (int i = 0; i < 3; i++) {
            value |= (id.charAt(i) - '@' & 0x1f) << 26 - 5 * i;
        }
        return integer(Integer.reverseBytes(value) & 0xffff_ffffL);
    }

    static byte[] buffer(byte[] contents) {
        return packaged(bytes(BUFFER_OP), integer(contents.length), contents);
    }

    static byte[] list(byte[]... elements) {
        return packaged(bytes(PACKAGE_OP), bytes(elements.length), join(elements));
    }

    // ---- names

    /** A name string: segments separated by dots, absolute when it begins with a backslash. */
    static byte[] path(String path) {
        boolean absolute = path.startsWith("\\");
        String[] segments = path.substring(absolute ? 1 : 0).split("\\.", -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (absolute) {
            out.write('\\');
        }
        if (segments.length == 2) {
            out.write(DUAL_NAME_PREFIX);
        } else if (segments.length > 2) {
            out.write(MULTI_NAME_PREFIX);
            out.write(segments.length);
        }
        for (String segment : segments) {
            String padded = (segment + "___").substring(0, 4).toUpperCase(Locale.ROOT);
            out.writeBytes(padded.getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    static byte[] name(String name, byte[] value) {
        return join(bytes(NAME_OP), path(name), value);
    }

    static byte[] scope(String path, byte[]... terms) {
        return packaged(bytes(SCOPE_OP), path(path), join(terms));
    }

    static byte[] device(String name, byte[]... terms) {
        return packaged(bytes(EXTENDED, DEVICE_OP), path(name), join(terms));
    }

    static byte[] method(String name, int arguments, byte[]... terms) {
        return packaged(bytes(METHOD_OP), path(name), bytes(arguments), join(terms));
    }

    /** A method of which only one call runs at a time; needed when it creates named objects. */
    static byte[] serializedMethod(String name, int arguments, byte[]... terms) {
        return packaged(bytes(METHOD_OP), path(name), bytes(arguments | SERIALIZED), join(terms));
    }

    /** A range of the configuration space of the PCI function in whose scope it stands. */
    static byte[] pciConfigRegion(String name, int offset, int length) {
        return join(
                bytes(EXTENDED, REGION_OP),
                path(name),
                bytes(PCI_CONFIG),
                integer(offset),
                integer(length));
    }

    /** Names the bytes of a region, one after the other, accessed as bytes. */
    static byte[] byteFields(String region, String... names) {
        byte[] fields = {};
        for (String field : names) {
            fields = join(fields, path(field), bytes(8));
        }
        return packaged(
                bytes(EXTENDED, FIELD_OP), path(region), bytes(BYTE_ACCESS_PRESERVE), fields);
    }

    // ---- code

    static byte[] store(byte[] value, byte[] target) {
        return join(bytes(STORE_OP), value, target);
    }

    static byte[] and(byte[] a, byte[] b, byte[] target) {
        return join(bytes(AND_OP), a, b, target);
    }

    static byte[] or(byte[] a, byte[] b, byte[] target) {
        return join(bytes(OR_OP), a, b, target);
    }

    static byte[] nowhere() {
        return bytes(0);
    }

    static byte[] dwordField(byte[] buffer, int offset, String name) {
        return join(bytes(CREATE_DWORD_FIELD_OP), buffer, integer(offset), path(name));
    }

    static byte[] ifElse(byte[] condition, byte[] then, byte[] otherwise) {
        return join(packaged(bytes(IF_OP), condition, then), packaged(bytes(ELSE_OP), otherwise));
    }

    static byte[] give(byte[] value) {
        return join(bytes(RETURN_OP), value);
    }

    // ---- resource descriptors (chapter 6.4)

    static byte[] resources(byte[]... descriptors) {
        return buffer(join(join(descriptors), bytes(0x79, 0)));
    }

    static byte[] io(int first, int count) {
        return join(
                bytes(0x47, 1), littleEndian(first, 2), littleEndian(first, 2), bytes(1, count));
    }

    /** Edge-triggered, active high, exclusive: an ISA interrupt. */
    static byte[] irq(int number) {
        return join(bytes(0x22), littleEndian(1 << number, 2));
    }

    /** Compatibility timing, not bus master, 8-bit transfers. */
    static byte[] dma(int channel) {
        return bytes(0x2a, 1 << channel, 0);
    }

    /** Level-triggered, active high, shared: one of the interrupts named. */
    static byte[] sharedInterrupt(int... numbers) {
        byte[] list = {};
        for (int number : numbers) {
            list = join(list, littleEndian(number, 4));
        }
        return join(
                bytes(0x89),
                littleEndian(2 + 4 * numbers.length, 2),
                bytes(0x09, numbers.length),
                list);
    }

    static byte[] busNumbers(int first, int last) {
        return window16(2, 0, first, last);
    }

    static byte[] ioWindow(int first, int last) {
        return window16(1, 3, first, last);
    }

    private static byte[] window16(int type, int typeFlags, int first, int last) {
        return join(
                bytes(0x88, 0x0d, 0, type, 0x0c, typeFlags),
                littleEndian(0, 2),
                littleEndian(first, 2),
                littleEndian(last, 2),
                littleEndian(0, 2),
                littleEndian(last - first + 1, 2));
    }

    /** Addresses below 4 GiB that a bridge passes on. */
    static byte[] memoryWindow(long first, long last, boolean cacheable) {
        return join(
                bytes(0x87, 0x17, 0, 0, 0x0c, cacheable ? 3 : 1),
                littleEndian(0, 4),
                littleEndian(first, 4),
                littleEndian(last, 4),
                littleEndian(0, 4),
                littleEndian(last - first + 1, 4));
    }

    // ---- package lengths (section 20.2.4)

    /** An opcode, the length of all after it, and what follows. */
    private static byte[] packaged(byte[] opcode, byte[]... parts) {
        byte[] body = join(parts);
        return join(opcode, packageLength(body.length), body);
    }

    private static byte[] packageLength(int body) {
        for (int lengthBytes = 1; ; lengthBytes++) {
            int total = body + lengthBytes;
            if (lengthBytes == 1 && total < 1 << 6) {
                return bytes(total);
            }
            if (lengthBytes > 1 && total < 1 << 4 + 8 * (lengthBytes - 1)) {
                byte[] encoded = new byte[lengthBytes];
                encoded[0] = (byte) ((lengthBytes - 1) << 6 | total & 0xf);
                for (int i = 1; i < lengthBytes; i++) {
                    encoded[i] = (byte) (total >> 4 + 8 * (i - 1));
                }
                return encoded;
            }
        }
    }
}
