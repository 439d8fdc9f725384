package lodge.machine.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A kernel to start without firmware.
 *
 * @param file a bzImage or an ELF kernel
 * @param initrd the initial RAM disk
 * @param commandLine the kernel's command line; may be empty
 * @param entry by which door it is entered
 */
public record KernelConfig(
        Path file, Optional<Path> initrd, String commandLine, KernelEntry entry) {}
