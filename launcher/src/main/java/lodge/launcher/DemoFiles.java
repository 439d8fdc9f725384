package lodge.launcher;

import lodge.core.BadConfigException;
import lodge.machine.host.FirmwareLocator;
import lodge.machine.host.LodgeFolders;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the demo boots: installed, fetched earlier, or fetched now from two Debian packages into the
 * cache. apt checks the packages' signatures as for an installation, but nothing is installed.
 *
 * @param bios SeaBIOS
 * @param vgaBios its VGA BIOS
 * @param cdrom the GRUB rescue CD
 */
record DemoFiles(Path bios, Path vgaBios, Path cdrom) {
    private static final String CDROM = "usr/lib/grub-rescue/grub-rescue-cdrom.iso";

    /**
     * Finds or fetches the files.
     *
     * @throws BadConfigException when they are not here and cannot be fetched; it says which files
     *     to bring
     */
    static DemoFiles fetch() {
        Path cache = LodgeFolders.cache().resolve("demo");
        FirmwareLocator locator = FirmwareLocator.usualPlaces();
        boolean seabios = locator.findBios().isPresent() && locator.findVgaBios().isPresent();
        if (!seabios || cdrom(cache).isEmpty()) {
            if (DoctorCommand.onPath("apt-get").isEmpty()
                    || DoctorCommand.onPath("dpkg-deb").isEmpty()) {
                throw new BadConfigException(bring(cache, locator));
            }
            AptPackages packages = new AptPackages(cache);
            if (!seabios) {
                packages.fetch("seabios");
            }
            if (cdrom(cache).isEmpty()) {
                packages.fetch("grub-rescue-pc");
            }
        }
        return new DemoFiles(
                locator.findBios().orElseThrow(() -> incomplete("seabios")),
                locator.findVgaBios().orElseThrow(() -> incomplete("seabios")),
                cdrom(cache).orElseThrow(() -> incomplete("grub-rescue-pc")));
    }

    private static Optional<Path> cdrom(Path cache) {
        return Stream.of(Path.of("/" + CDROM), cache.resolve("grub-rescue-pc").resolve(CDROM))
                .filter(Files::isReadable)
                .findFirst();
    }

    private static String bring(Path cache, FirmwareLocator locator) {
        return ("The demo fetches its files through apt, which is not here; bring bios-256k.bin and"
                        + " vgabios-stdvga.bin (from SeaBIOS) to %s and grub-rescue-cdrom.iso (from"
                        + " GRUB's rescue images) to %s, and start it again")
                .formatted(
                        locator.folders().getLast(),
                        cache.resolve("grub-rescue-pc").resolve(CDROM).getParent());
    }

    private static BadConfigException incomplete(String name) {
        return new BadConfigException(
                "Package " + name + " no longer holds the files the demo needs; please report it");
    }
}
