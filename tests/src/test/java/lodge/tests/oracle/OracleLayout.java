package lodge.tests.oracle;

/**
 * Addresses and offsets that this side, {@code oracle.c} and the interpreter under test agree on.
 * All offsets are in bytes; numbers are little endian.
 */
final class OracleLayout {
    static final int PAGE = 4096;

    /** Two pages that can be read and written; the page before them is missing. */
    static final long DATA = 0x1000_0000L;

    static final int DATA_SIZE = 2 * PAGE;

    /** One page that can only be read; the page behind it is missing. */
    static final long READ_ONLY = DATA + DATA_SIZE;

    /** One page that can be read and written, missing pages around it. */
    static final long STACK = 0x1800_0000L;

    /** Executable pages, full of INT3 but for the instruction and the jump behind it. */
    static final long CODE = 0x4000_0000L;

    static final int CODE_SIZE = 16 * PAGE;

    /** Bases of FS and GS; the bases of the others are 0. */
    static final long FS_BASE = 0x40;

    static final long GS_BASE = 0x80;

    /** Selectors of a Linux process in 64-bit mode; DS, ES, FS and GS are null. */
    static final int CS = 0x33;

    static final int SS = 0x2b;

    /**
     * Where instructions end: in the middle of a page, and 1, 4, 8 and 12 bytes behind its start.
     */
    private static final long[] SLOTS = {
        0x4000_0800L, 0x4000_2001L, 0x4000_4004L, 0x4000_6008L, 0x4000_800cL
    };

    /** The end of the last code page. Instructions here must have RFLAGS.TF set. */
    static final long LAST_SLOT = CODE + CODE_SIZE;

    /** The slot for 32-bit code. */
    static final long COMPATIBILITY_SLOT = 0x4000_a800L;

    /** Bytes from a slot down to where the jump behind it leads, {@code e9 cc cc cc cc}. */
    static final long BACK_DISTANCE = 0x3333_332fL;

    /** Bytes of random memory that belong to a record, at an offset in the data area. */
    static final int WINDOW_SIZE = 128;

    static final int MAX_CODE = 15;

    // The file.
    static final long MAGIC = 0x3145_4c43_4152_4f4cL;
    static final long HEADER_MAGIC = 0;
    static final long HEADER_RECORD_SIZE = 8;
    static final long HEADER_CAPACITY = 12;
    static final long HEADER_COUNT = 16;
    static final long HEADER_CURRENT = 24;
    static final long HEADER_FEATURES = 28;
    static final long HEADER_DATA = PAGE;
    static final long HEADER_READ_ONLY = HEADER_DATA + DATA_SIZE;
    static final long HEADER_STACK = HEADER_READ_ONLY + PAGE;
    static final long HEADER_SIZE = HEADER_STACK + PAGE;

    // The state: the same in what is asked and in what is answered.
    static final int X87 = 0;
    static final int MXCSR = 24;
    static final int XMM = 160;
    static final int XSTATE_BV = 512;
    static final int YMM_HIGH = 576;
    static final int XSAVE_SIZE = 832;
    static final int GPR = 832;
    static final int RIP = 960;
    static final int RFLAGS = 968;

    // What is asked besides.
    static final int CODE_BYTES = 976;
    static final int LENGTH = 992;
    static final int FLAGS = 996;
    static final int WINDOW_OFFSET = 1000;
    static final int WINDOW = 1024;
    static final int BEFORE_SIZE = 1152;

    /** In FLAGS: execute in compatibility mode. */
    static final int FLAG_COMPATIBILITY = 1;

    // What is answered besides.
    static final int KIND = 976;
    static final int VECTOR = 980;
    static final int ERROR = 984;
    static final int ADDRESS = 992;
    static final int SIGNAL = 1000;
    static final int CHANGES = 1004;
    static final int HASH = 1008;
    static final int CHANGE = 1024;
    static final int MAX_CHANGES = 32;
    static final int AFTER_SIZE = 1536;

    static final int RECORD_SIZE = BEFORE_SIZE + AFTER_SIZE;

    private OracleLayout() {}

    /** Returns how many slots there are for 64-bit code that goes on behind the instruction. */
    static int slots() {
        return SLOTS.length;
    }

    /**
     * Returns the address where instructions in a slot end.
     *
     * @param index 0 to {@link #slots()} - 1
     */
    static long slot(int index) {
        return SLOTS[index];
    }
}
