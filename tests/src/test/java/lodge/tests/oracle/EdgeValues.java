package lodge.tests.oracle;

/** Operand values, most of them at the edges of what a type can hold. */
final class EdgeValues {
    private static final long[] INTEGERS = {
        0,
        1,
        2,
        -1,
        -2,
        0x7f,
        0x80,
        0xff,
        0x100,
        0x7fff,
        0x8000,
        0xffff,
        0x1_0000,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        0x1_0000_0000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x5555_5555_5555_5555L,
        0xaaaa_aaaa_aaaa_aaaaL,
        0x0f0f_0f0f_0f0f_0f0fL,
        0x8080_8080_8080_8080L,
        0x7f7f_7f7f_7f7f_7f7fL,
        0x8000_8000_8000_8000L,
        0x7fff_7fff_7fff_7fffL,
        0x8000_0000_8000_0000L,
        0x0001_0001_0001_0001L
    };

    /**
     * Zeroes, ones, neighbours of one, extremes, denormals, infinities, NaN; sign set elsewhere.
     */
    private static final int[] SINGLES = {
        0,
        0x3f80_0000,
        0x3f80_0001,
        0x3f7f_ffff,
        0x4000_0000,
        0x3f00_0000,
        0x7f7f_ffff,
        0x0080_0000,
        0x0080_0001,
        0x007f_ffff,
        1,
        0x0040_0000,
        0x7f80_0000,
        0x7fc0_0000,
        0x7fc1_2345,
        0x7f80_0001,
        0x7fa0_0000,
        0x4b00_0000,
        0x4b00_0001,
        0x4aff_ffff,
        0x4f00_0000,
        0x4eff_ffff,
        0x4f80_0000,
        0x5f00_0000,
        0x5eff_ffff,
        0x5f80_0000,
        0x3fc0_0000,
        0x4020_0000,
        0x4049_0fdb,
        0x3eaa_aaab,
        0x7e80_0000,
        0x1f80_0000,
        0x2000_0000,
        0x3380_0000,
        0x3300_0000,
        0x477f_e000,
        0x3880_0000,
        0x3300_0001,
        0x477f_f000,
        0x387f_c000
    };

    private static final long[] DOUBLES = {
        0,
        0x3ff0_0000_0000_0000L,
        0x3ff0_0000_0000_0001L,
        0x3fef_ffff_ffff_ffffL,
        0x4000_0000_0000_0000L,
        0x3fe0_0000_0000_0000L,
        0x7fef_ffff_ffff_ffffL,
        0x0010_0000_0000_0000L,
        0x0010_0000_0000_0001L,
        0x000f_ffff_ffff_ffffL,
        1,
        0x0008_0000_0000_0000L,
        0x7ff0_0000_0000_0000L,
        0x7ff8_0000_0000_0000L,
        0x7ff8_1234_5678_9abcL,
        0x7ff0_0000_0000_0001L,
        0x7ff4_0000_0000_0000L,
        0x4330_0000_0000_0000L,
        0x4330_0000_0000_0001L,
        0x432f_ffff_ffff_ffffL,
        0x41e0_0000_0000_0000L,
        0x41df_ffff_ffc0_0000L,
        0x41df_ffff_ffe0_0000L,
        0x41f0_0000_0000_0000L,
        0x43e0_0000_0000_0000L,
        0x43df_ffff_ffff_ffffL,
        0x43f0_0000_0000_0000L,
        0x3ff8_0000_0000_0000L,
        0x4004_0000_0000_0000L,
        0x4009_21fb_5444_2d18L,
        0x3fd5_5555_5555_5555L,
        0x47ef_ffff_e000_0000L,
        0x47ef_ffff_f000_0000L,
        0x3810_0000_0000_0000L,
        0x380f_ffff_ffff_ffffL,
        0x36a0_0000_0000_0000L,
        0x3690_0000_0000_0000L,
        0x3ca0_0000_0000_0000L,
        0x3c90_0000_0000_0001L
    };

    /** Sign and exponent, then significand. */
    private static final long[][] EXTENDED = {
        {0, 0},
        {0x3fff, 0x8000_0000_0000_0000L},
        {0x3fff, 0x8000_0000_0000_0001L},
        {0x3ffe, -1},
        {0x4000, 0x8000_0000_0000_0000L},
        {0x3ffe, 0x8000_0000_0000_0000L},
        {0x7ffe, -1},
        {1, 0x8000_0000_0000_0000L},
        {0, 0x7fff_ffff_ffff_ffffL},
        {0, 1},
        {0, 0x8000_0000_0000_0000L},
        {0x7fff, 0x8000_0000_0000_0000L},
        {0x7fff, 0xc000_0000_0000_0000L},
        {0x7fff, 0xc123_4567_89ab_cdefL},
        {0x7fff, 0x8000_0000_0000_0001L},
        {0x7fff, 0xa000_0000_0000_0000L},
        {0x7fff, 0},
        {0x7fff, 0x4000_0000_0000_0000L},
        {0x3fff, 0x4000_0000_0000_0000L},
        {1, 0x4000_0000_0000_0000L},
        {0x403e, 0x8000_0000_0000_0000L},
        {0x403d, -1},
        {0x403d, 0x8000_0000_0000_0000L},
        {0x403e, 0x8000_0000_0000_0001L},
        {0x401e, 0x8000_0000_0000_0000L},
        {0x401d, 0xffff_ffff_0000_0000L},
        {0x400e, 0x8000_0000_0000_0000L},
        {0x400d, 0xfffe_0000_0000_0000L},
        {0x400d, 0xffff_0000_0000_0000L},
        {0x3fff, 0xc000_0000_0000_0000L},
        {0x4000, 0xa000_0000_0000_0000L},
        {0x4000, 0xc90f_daa2_2168_c235L},
        {0x3fff, 0xc90f_daa2_2168_c235L},
        {0x3ffd, 0xaaaa_aaaa_aaaa_aaabL},
        {0x43fe, 0xffff_ffff_ffff_f800L},
        {0x43fe, 0xffff_ffff_ffff_fc00L},
        {0x3c01, 0x8000_0000_0000_0000L},
        {0x3bcd, 0x8000_0000_0000_0000L},
        {0x407e, 0xffff_ff00_0000_0000L},
        {0x407e, 0xffff_ff80_0000_0000L},
        {0x3f81, 0x8000_0000_0000_0000L},
        {0x3f6a, 0x8000_0000_0000_0000L},
        {0x403a, 0xde0b_6b3a_763f_fff0L},
        {0x403a, 0xde0b_6b3a_7640_0000L}
    };

    private EdgeValues() {}

    /** Returns 64 bits as general registers hold them. */
    static long integer(SplitMix random) {
        long r = random.next();
        long v = INTEGERS[(int) ((r >>> 40) % INTEGERS.length)];
        return switch ((int) (r & 15)) {
            case 0, 1, 2, 3, 4 -> v;
            case 5, 6 -> v + ((r >> 8 & 15) - 8);
            case 7 -> v << (r >> 8 & 63);
            case 8, 9 -> r >>> 32 & 0xff;
            case 10 -> (int) (r >>> 32);
            case 11 -> r >>> 32;
            case 12 -> 1L << (r >> 8 & 63);
            default -> random.next();
        };
    }

    /** Returns the bits of a single. */
    static int single(SplitMix random) {
        long r = random.next();
        int sign = (int) (r & 16) << 27;
        return switch ((int) (r & 7)) {
            case 0, 1, 2 -> SINGLES[(int) ((r >>> 40) % SINGLES.length)] | sign;
            case 3 ->
                    (SINGLES[(int) ((r >>> 40) % SINGLES.length)] + (int) (r >> 8 & 3) - 1) ^ sign;
            // Of similar size, so that sums cancel and round; few bits, so that products are exact.
            case 4, 5 -> ((int) (r >>> 32) & 0x07ff_ffff) + 0x3c00_0000 | sign;
            case 6 -> Float.floatToRawIntBits((int) (r >>> 32) >> (r >> 8 & 31));
            default -> (int) (r >>> 32);
        };
    }

    /** Returns the bits of a double. */
    static long wide(SplitMix random) {
        long r = random.next();
        long sign = (r & 16) << 59;
        return switch ((int) (r & 7)) {
            case 0, 1, 2 -> DOUBLES[(int) ((r >>> 40) % DOUBLES.length)] | sign;
            case 3 -> (DOUBLES[(int) ((r >>> 40) % DOUBLES.length)] + (r >> 8 & 3) - 1) ^ sign;
            case 4, 5 -> (random.next() & 0x003f_ffff_ffff_ffffL) + 0x3fe0_0000_0000_0000L | sign;
            case 6 -> Double.doubleToRawLongBits((double) (random.next() >> (r >> 8 & 63)));
            default -> random.next();
        };
    }

    /** Stores an 80-bit number at an offset of a record. */
    static void extended(SplitMix random, StateBefore to, long offset) {
        long r = random.next();
        long[] edge = EXTENDED[(int) ((r >>> 40) % EXTENDED.length)];
        int exponent = (int) edge[0];
        long significand = edge[1];
        switch ((int) (r & 7)) {
            case 0, 1, 2 -> {}
            case 3 -> significand += (r >> 8 & 3) - 1;
            case 4, 5 -> {
                exponent = 0x3ff0 + (int) (r >> 8 & 31);
                significand = random.next() | Long.MIN_VALUE;
            }
            case 6 -> {
                exponent = 0x3fff + (int) (r >> 8 & 63);
                significand = (r >>> 32 | 0x8000_0000L) << 32;
            }
            default -> {
                exponent = (int) (r >>> 32) & 0x7fff;
                significand = random.next();
            }
        }
        to.putLong(offset, significand);
        to.putByte(offset + 8, exponent);
        to.putByte(offset + 9, exponent >> 8 | (int) (r & 16) << 3);
    }
}
