package lodge.tests.oracle;

/**
 * Addresses and offsets that this side, {@code oracle.c} and the interpreter under test agree on.
 * All offsets are in bytes; numbers are little endian.
 */
public final class OracleLayout {
    public static final int PAGE = 4096;

    /** Two pages that can be read and written; the page before them is missing. */
    public static final long DATA = 0x1000_0000L;

    public static final int DATA_SIZE = 2 * PAGE;

    /** One page that can only be read; the page behind it is missing. */
    public static final long READ_ONLY = DATA + DATA_SIZE;

    /** One page that can be read and written, missing pages around it. */
    public static final long STACK = 0x1800_0000L;

    /** Executable pages, full of INT3 but for the instruction and the jump behind it. */
    public static final long CODE = 0x4000_0000L;

    public static final int CODE_SIZE = 16 * PAGE;

    /** Bases of FS and GS; the bases of the others are 0. */
    public static final long FS_BASE = 0x40;

    public static final long GS_BASE = 0x80;

    /** Selectors of a Linux process in 64-bit mode; DS, ES, FS and GS are null. */
    public static final int CS = 0x33;

    public static final int SS = 0x2b;

    /**
     * Where instructions end: in the middle of a page, and 1, 4, 8 and 12 bytes behind its start.
     */
    private static final long[] SLOTS = {
        0x4000_0800L, 0x4000_2001L, 0x4000_4004L, 0x4000_6008L, 0x4000_800cL
    };

    /** The end of the last code page. Instructions here must have RFLAGS.TF set. */
    public static final long LAST_SLOT = CODE + CODE_SIZE;

    /** The slot for 32-bit code. */
    public static final long COMPATIBILITY_SLOT = 0x4000_a800L;

    /** Bytes from a slot down to where the jump behind it leads, {@code e9 cc cc cc cc}. */
    public static final long BACK_DISTANCE = 0x3333_332fL;

    /** Bytes of random memory that belong to a record, at an offset in the data area. */
    public static final int WINDOW_SIZE = 128;

    public static final int MAX_CODE = 15;

    // The file.
    public static final long MAGIC = 0x3145_4c43_4152_4f4cL;
    public static final long HEADER_MAGIC = 0;
    public static final long HEADER_RECORD_SIZE = 8;
    public static final long HEADER_CAPACITY = 12;
    public static final long HEADER_COUNT = 16;
    public static final long HEADER_CURRENT = 24;
    public static final long HEADER_FEATURES = 28;
    public static final long HEADER_DATA = PAGE;
    public static final long HEADER_READ_ONLY = HEADER_DATA + DATA_SIZE;
    public static final long HEADER_STACK = HEADER_READ_ONLY + PAGE;
    public static final long HEADER_SIZE = HEADER_STACK + PAGE;

    // The state: the same in what is asked and in what is answered.
    public static final int X87 = 0;
    public static final int MXCSR = 24;
    public static final int XMM = 160;
    public static final int XSTATE_BV = 512;
    public static final int YMM_HIGH = 576;
    public static final int XSAVE_SIZE = 832;
    public static final int GPR = 832;
    public static final int RIP = 960;
    public static final int RFLAGS = 968;

    // What is asked besides.
    public static final int CODE_BYTES = 976;
    public static final int LENGTH = 992;
    public static final int FLAGS = 996;
    public static final int WINDOW_OFFSET = 1000;
    public static final int WINDOW = 1024;
    public static final int BEFORE_SIZE = 1152;

    /** In FLAGS: execute in compatibility mode. */
    public static final int FLAG_COMPATIBILITY = 1;

    /**
     * In FLAGS, for the processor under test only: run at full speed until the slot is passed,
     * rather than execute one instruction.
     */
    public static final int FLAG_RUN = 2;

    // What is answered besides.
    public static final int KIND = 976;
    public static final int VECTOR = 980;
    public static final int ERROR = 984;
    public static final int ADDRESS = 992;
    public static final int SIGNAL = 1000;
    public static final int CHANGES = 1004;
    public static final int HASH = 1008;
    public static final int CHANGE = 1024;
    public static final int MAX_CHANGES = 32;
    public static final int AFTER_SIZE = 1536;

    public static final int RECORD_SIZE = BEFORE_SIZE + AFTER_SIZE;

    private OracleLayout() {}

    /** Returns how many slots there are for 64-bit code that goes on behind the instruction. */
    public static int slots() {
        return SLOTS.length;
    }

    /**
     * Returns the address where instructions in a slot end.
     *
     * @param index 0 to {@link #slots()} - 1
     */
    public static long slot(int index) {
        return SLOTS[index];
    }
}
