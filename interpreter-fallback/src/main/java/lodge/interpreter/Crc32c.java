package lodge.interpreter;

/** The CRC32 instruction: polynomial 11EDC6F41H, least significant bit first (SDM vol. 2). */
final class Crc32c {
    /** 1EDC6F41H with its bits reversed. */
    private static final int POLYNOMIAL = 0x82f63b78;

    private static final int[] TABLE = table();

    private Crc32c() {}

    private static int[] table() {
        int[] table = new int[256];
        for (int n = 0; n < 256; n++) {
            int crc = n;
            for (int k = 0; k < 8; k++) {
                crc = crc >>> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
            }
            table[n] = crc;
        }
        return table;
    }

    static void exec(Cpu c, Insn i) {
        int size = i.opcode == 0xf0 ? 1 : i.opSize;
        long data = c.readE(i, size);
        int crc = c.reg32(i.regOff);
        for (int k = 0; k < size; k++) {
            crc = crc >>> 8 ^ TABLE[(crc ^ (int) (data >>> 8 * k)) & 0xff];
        }
        // Clears the upper half with REX.W, too.
        c.setReg32(i.regOff, crc);
    }
}
