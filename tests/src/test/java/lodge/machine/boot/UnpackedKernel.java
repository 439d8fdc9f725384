package lodge.machine.boot;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The ELF file in a bzImage, for tests that read code. */
public final class UnpackedKernel {
    private UnpackedKernel() {}

    /**
     * Writes the ELF file that a bzImage holds.
     *
     * @param to appears whole or not at all
     */
    public static void write(Path bzImage, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Path part = Files.createTempFile(to.getParent(), "vmlinux", ".part");
        try (ImageFile file = ImageFile.open("kernel", bzImage);
                Arena arena = Arena.ofConfined()) {
            ImageFile elf = KernelUnpacker.unpack(file, BzImage.read(file), arena);
            try (InputStream in = elf.stream(0, elf.size())) {
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
