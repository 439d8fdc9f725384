package lodge.natives;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The C types of which struct layouts are made, little-endian as on every machine Lodge runs on.
 * Layouts and members carry the names of the C header, so that a test can compare every one of them
 * with what the C compiler says.
 */
public final class CLayout {
    /** {@code __u8}. */
    public static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;

    /** {@code __u16}. */
    public static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** {@code __u32} and {@code int}. */
    public static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** {@code __u64}, {@code unsigned long} and pointers that are only stored. */
    public static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private CLayout() {}

    /**
     * A struct, padded the way the x86-64 System V ABI pads it.
     *
     * @param name the name after the C keyword {@code struct}
     * @param members its members in order, each with its C name; one without a name is an anonymous
     *     union
     * @return the layout
     */
    public static StructLayout struct(String name, MemoryLayout... members) {
        List<MemoryLayout> padded = new ArrayList<>();
        long at = 0;
        long alignment = 1;
        for (MemoryLayout member : members) {
            alignment = Math.max(alignment, member.byteAlignment());
            long gap = -at & member.byteAlignment() - 1;
            if (gap > 0) {
                padded.add(MemoryLayout.paddingLayout(gap));
            }
            padded.add(member);
            at += gap + member.byteSize();
        }
        long tail = -at & alignment - 1;
        if (tail > 0) {
            padded.add(MemoryLayout.paddingLayout(tail));
        }
        return MemoryLayout.structLayout(padded.toArray(MemoryLayout[]::new)).withName(name);
    }

    /**
     * A fixed-size array member.
     *
     * @param name its C name
     * @param count number of elements; 0 for a flexible array member
     * @param element type of an element
     * @return the layout
     */
    public static MemoryLayout array(String name, long count, MemoryLayout element) {
        return MemoryLayout.sequenceLayout(count, element).withName(name);
    }

    /**
     * The offset of a member.
     *
     * @param layout the struct
     * @param path names from the outside in, separated by dots; members of anonymous unions are
     *     named directly
     * @return bytes from the start of the struct
     */
    public static long offset(GroupLayout layout, String path) {
        GroupLayout at = layout;
        long offset = 0;
        String[] names = path.split("\\.", -1);
        for (int i = 0; i < names.length; i++) {
            PathElement[] elements = find(at, names[i]);
            if (elements.length == 0) {
                throw new IllegalArgumentException("No member " + path + " in " + layout);
            }
            offset += at.byteOffset(elements);
            if (i + 1 < names.length) {
                at = (GroupLayout) at.select(elements);
            }
        }
        return offset;
    }

    private static PathElement[] find(GroupLayout layout, String name) {
        List<MemoryLayout> members = layout.memberLayouts();
        for (int i = 0; i < members.size(); i++) {
            MemoryLayout member = members.get(i);
            if (member.name().isPresent() && member.name().get().equals(name)) {
                return new PathElement[] {PathElement.groupElement(i)};
            }
            if (member.name().isEmpty() && member instanceof GroupLayout anonymous) {
                PathElement[] inner = find(anonymous, name);
                if (inner.length == 1) {
                    return new PathElement[] {PathElement.groupElement(i), inner[0]};
                }
            }
        }
        return new PathElement[0];
    }
}
