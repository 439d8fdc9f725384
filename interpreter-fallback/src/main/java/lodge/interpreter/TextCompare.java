package lodge.interpreter;

/** The comparison that PCMPESTRI and its relatives make of two strings (SDM vol. 2, 4.1). */
final class TextCompare {
    private static final int RANGES = 1;
    private static final int EACH = 2;
    private static final int ORDERED = 3;

    private TextCompare() {}

    /** How many elements stand before the first 0. */
    static int length(long at, int elements) {
        int n = 0;
        while (n < elements && get(at, n, elements == 8 ? 1 : 0) != 0) {
            n++;
        }
        return n;
    }

    /** Reads an element; bit 0 of the format says words, bit 1 signed. */
    private static int get(long at, int n, int format) {
        return switch (format) {
            case 0 -> RawMemory.getByte(at + n) & 0xff;
            case 1 -> RawMemory.getChar(at + 2L * n);
            case 2 -> RawMemory.getByte(at + n);
            default -> RawMemory.getShort(at + 2L * n);
        };
    }

    /**
     * Compares and aggregates.
     *
     * @param imm imm8: format, aggregation, polarity
     * @return IntRes2, a bit for each element of the second string
     */
    static int compare(long a, int lengthA, long b, int lengthB, int imm) {
        int format = imm & 3;
        int elements = (imm & 1) != 0 ? 8 : 16;
        int aggregation = imm >> 2 & 3;
        int r = 0;
        for (int j = 0; j < elements; j++) {
            boolean holds =
                    switch (aggregation) {
                        case EACH ->
                                j < lengthA && j < lengthB
                                        ? get(a, j, format) == get(b, j, format)
                                        : j >= lengthA && j >= lengthB;
                        case ORDERED -> begins(a, lengthA, b, lengthB, j, elements, format);
                        default ->
                                j < lengthB
                                        && contains(
                                                a,
                                                lengthA,
                                                get(b, j, format),
                                                aggregation == RANGES,
                                                format);
                    };
            if (holds) {
                r |= 1 << j;
            }
        }
        return switch (imm >> 4 & 3) {
            case 1 -> ~r & (1 << elements) - 1;
            case 3 -> r ^ (1 << lengthB) - 1;
            default -> r;
        };
    }

    /** Whether an element is one of the first string, or lies in one of its ranges. */
    private static boolean contains(long a, int lengthA, int v, boolean ranges, int format) {
        if (!ranges) {
            for (int k = 0; k < lengthA; k++) {
                if (get(a, k, format) == v) {
                    return true;
                }
            }
            return false;
        }
        for (int k = 0; k + 1 < lengthA; k += 2) {
            if (get(a, k, format) <= v && v <= get(a, k + 1, format)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the first string begins at a place of the second, as far as that can be seen. */
    private static boolean begins(
            long a, int lengthA, long b, int lengthB, int from, int elements, int format) {
        for (int k = 0; k < lengthA && from + k < elements; k++) {
            if (from + k >= lengthB || get(a, k, format) != get(b, from + k, format)) {
                return false;
            }
        }
        return true;
    }
}
