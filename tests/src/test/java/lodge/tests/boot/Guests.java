package lodge.tests.boot;

import static org.junit.jupiter.api.Assumptions.abort;

import lodge.core.BadConfigException;
import lodge.launcher.AptPackages;
import lodge.machine.host.LodgeFolders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Guests from Debian packages, fetched once into the cache outside the checkout; a test is skipped
 * where they cannot be.
 */
final class Guests {
    private Guests() {}

    static Path bios() {
        return file("seabios", "usr/share/seabios/bios-256k.bin");
    }

    static Path vgaBios() {
        return file("seabios", "usr/share/seabios/vgabios-stdvga.bin");
    }

    static Path grubCd() {
        return file("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso");
    }

    static Path grubFloppy() {
        return file("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-floppy.img");
    }

    static Path grubUsb() {
        return file("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-usb.img");
    }

    static Path ipxeCd() {
        return file("ipxe", "usr/lib/ipxe/ipxe.iso");
    }

    /** Debian's cloud kernel as it is packed; its package has the version in its name. */
    static Path kernel() {
        String name =
                AptPackages.dependencyOf("linux-image-cloud-amd64", "linux-image-")
                        .orElseGet(
                                () ->
                                        abort(
                                                "Skipped: apt knows no package"
                                                    + " linux-image-cloud-amd64; remedy: apt-get"
                                                    + " update"));
        return file(name, "boot/vmlinuz-" + name.substring("linux-image-".length()));
    }

    private static Path file(String name, String path) {
        Path cache = LodgeFolders.cache().resolve("test-guests");
        Path wanted = cache.resolve(name).resolve(path);
        if (!Files.isReadable(wanted)) {
            fetch(cache, name);
        }
        return wanted;
    }

    private static void fetch(Path cache, String name) {
        try {
            Files.createDirectories(cache);
            try (FileChannel channel =
                    FileChannel.open(
                            cache.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE)) {
                channel.lock(); // until the channel is closed: another test run may fetch the same
                // package
                new AptPackages(cache).fetch(name);
            }
        } catch (BadConfigException e) {
            abort("Skipped: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
