package lodge.tests.boot;

import static org.junit.jupiter.api.Assumptions.abort;

import lodge.core.BadConfigException;
import lodge.launcher.AptPackages;
import lodge.launcher.BusyboxInitrd;
import lodge.machine.host.LodgeFolders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Guests from Debian packages, fetched once into the cache outside the checkout; a test is skipped
 * where they cannot be.
 */
public final class Guests {
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

    /** A Debian package that names the newest kernel of a kind, and where that is for. */
    enum Kernel {
        CLOUD("linux-image-cloud-amd64", "amd64"),
        GENERIC("linux-image-amd64", "amd64"),
        I686("linux-image-686", "i386"),
        I686_PAE("linux-image-686-pae", "i386");

        private final String metaPackage;
        private final String architecture;

        Kernel(String metaPackage, String architecture) {
            this.metaPackage = metaPackage;
            this.architecture = architecture;
        }

        /** Returns the package that names the newest one. */
        String metaPackage() {
            return metaPackage;
        }

        /** Returns the kernel as it is packed; its file's name holds its version. */
        Path file() {
            Path folder = cache(architecture).resolve(metaPackage);
            return inFolder(folder.resolve("boot"))
                    .or(
                            () -> {
                                fetch(
                                        () -> {
                                            AptPackages packages = packages(architecture);
                                            String name =
                                                    packages.fetchNewest(
                                                            metaPackage,
                                                            "linux-image-",
                                                            "./boot/vmlinuz-*");
                                            Files.move(folder.resolveSibling(name), folder);
                                        });
                                return inFolder(folder.resolve("boot"));
                            })
                    .orElseGet(() -> abort("Skipped: " + metaPackage + " holds no kernel"));
        }

        private static Optional<Path> inFolder(Path boot) {
            if (!Files.isDirectory(boot)) {
                return Optional.empty();
            }
            try (Stream<Path> files = Files.list(boot)) {
                return files.filter(f -> f.getFileName().toString().startsWith("vmlinuz"))
                        .findFirst();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns an initial RAM disk with BusyBox of the kernel's architecture. */
        Path initrd() {
            Path busybox = busybox(architecture);
            Path initrd = cache(architecture).resolve("initrd");
            BusyboxInitrd.write(busybox, initrd);
            return initrd;
        }
    }

    /** Returns BusyBox, statically linked, of Debian's architecture of a name. */
    public static Path busybox(String architecture) {
        return file(architecture, "busybox-static", "bin/busybox", BusyboxInitrd.IN_PACKAGE);
    }

    /** Debian's cloud kernel as it is packed. */
    public static Path kernel() {
        return Kernel.CLOUD.file();
    }

    /** A file of the network installer's folder, for example {@code linux} or {@code initrd.gz}. */
    static Path installer(String name) {
        String inside = "debian-installer/images/12/amd64/text/debian-installer/amd64/";
        return file(
                "amd64",
                "debian-installer-12-netboot-amd64",
                "usr/lib/" + inside + name,
                "*/text/debian-installer/amd64/linux",
                "*/text/debian-installer/amd64/initrd.gz");
    }

    static Path memtest(String name) {
        return file("amd64", "memtest86+", "boot/" + name, "./boot");
    }

    private static Path cache(String architecture) {
        Path cache = LodgeFolders.cache().resolve("test-guests");
        return architecture.equals("amd64") ? cache : cache.resolve(architecture);
    }

    private static AptPackages packages(String architecture) {
        Path cache = cache(architecture);
        return architecture.equals("amd64")
                ? new AptPackages(cache)
                : new AptPackages(cache, architecture);
    }

    private static Path file(String name, String path) {
        return file("amd64", name, path);
    }

    private static Path file(String architecture, String name, String path, String... only) {
        Path wanted = cache(architecture).resolve(name).resolve(path);
        if (!Files.isReadable(wanted)) {
            fetch(() -> packages(architecture).fetch(name, only));
        }
        return wanted;
    }

    /** Something that may fail as apt and the disk do. */
    private interface Fetching {
        void run() throws IOException;
    }

    private static void fetch(Fetching fetching) {
        Path cache = cache("amd64");
        try {
            Files.createDirectories(cache);
            try (FileChannel channel =
                    FileChannel.open(
                            cache.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE)) {
                channel.lock(); // until the channel is closed: another test run may fetch the same
                // package
                fetching.run();
            }
        } catch (BadConfigException e) {
            abort("Skipped: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
