package lodge.tests.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Firmware of ours: 64 KiB of ROM with a few instructions at f000:0000, entered from the reset
 * vector.
 */
final class TinyRom {
    private static final int SIZE = 0x10000;
    private static final int RESET_VECTOR = 0xfff0;

    private TinyRom() {}

    /**
     * Writes a ROM.
     *
     * @param folder where
     * @param code machine code in hexadecimal, real mode, CS = f000, IP = 0; white space is ignored
     * @return the file
     */
    static Path write(Path folder, String code) {
        byte[] rom = new byte[SIZE];
        byte[] bytes = HexFormat.of().parseHex(code.replaceAll("\\s", ""));
        System.arraycopy(bytes, 0, rom, 0, bytes.length);
        // ea 00 00 00 f0  jmp f000:0000
        System.arraycopy(HexFormat.of().parseHex("ea000000f0"), 0, rom, RESET_VECTOR, 5);
        try {
            return Files.write(Files.createTempFile(folder, "tiny", ".rom"), rom);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
