package lodge.machine.host;

import lodge.core.BadConfigException;
import lodge.core.BadImageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds the firmware a PC starts with: SeaBIOS and its VGA BIOS, where distributions install them.
 */
public final class FirmwareLocator {
    private static final List<String> BIOS = List.of("bios-256k.bin", "bios.bin");
    private static final List<String> VGA_BIOS = List.of("vgabios-stdvga.bin");
    private static final int SMALLEST_BIOS = 64 << 10;
    private static final int LARGEST_BIOS = 1 << 20;
    private static final int SMALLEST_ROM = 512;
    private static final int LARGEST_ROM = 128 << 10;

    private final List<Path> folders;

    /**
     * A locator that looks in some folders only.
     *
     * @param folders where to look, in this order
     */
    public FirmwareLocator(List<Path> folders) {
        this.folders = List.copyOf(folders);
    }

    /** Returns a locator for the usual places, and for what {@code lodge demo --grub} fetched. */
    public static FirmwareLocator usualPlaces() {
        return new FirmwareLocator(
                List.of(
                        Path.of("/usr/share/seabios"),
                        Path.of("/usr/share/qemu"),
                        Path.of("/usr/local/share/qemu"),
                        Path.of("/usr/share/qemu-kvm"),
                        Path.of("/opt/homebrew/share/qemu"),
                        Path.of("C:\\Program Files\\qemu\\share"),
                        fetched()));
    }

    /** Returns the folder in which {@code lodge demo --grub} leaves SeaBIOS. */
    public static Path fetched() {
        return LodgeFolders.cache().resolve("demo/seabios/usr/share/seabios");
    }

    /** Returns where it looks. */
    public List<Path> folders() {
        return folders;
    }

    /** Returns the system BIOS, if it is in one of the places. */
    public Optional<Path> findBios() {
        return find(BIOS);
    }

    /** Returns the video BIOS, if it is in one of the places. */
    public Optional<Path> findVgaBios() {
        return find(VGA_BIOS);
    }

    /**
     * Reads the system BIOS.
     *
     * @param given the file a user named, if any
     * @return the image: a power of two from 64 KiB to 1 MiB
     * @throws BadConfigException when there is none
     * @throws BadImageException when it cannot be a BIOS
     */
    public byte[] bios(Optional<Path> given) {
        Path file =
                given.or(this::findBios).orElseThrow(() -> missing("SeaBIOS", "--firmware FILE"));
        byte[] image = read("Firmware", file, LARGEST_BIOS);
        if (image.length < SMALLEST_BIOS || Integer.bitCount(image.length) != 1) {
            throw new BadImageException(
                    "Firmware %s has %d bytes; a PC's is 64, 128, 256, 512 or 1024 KiB long, so name another file"
                            .formatted(file, image.length));
        }
        return image;
    }

    /**
     * Reads the video BIOS.
     *
     * @param given the file a user named, if any
     * @return the image, an option ROM
     * @throws BadConfigException when there is none
     * @throws BadImageException when it is not an option ROM
     */
    public byte[] vgaBios(Optional<Path> given) {
        Path file =
                given.or(this::findVgaBios)
                        .orElseThrow(
                                () ->
                                        missing(
                                                "The VGA BIOS of SeaBIOS",
                                                "\"vgaFirmware\" in a machine description"));
        byte[] image = read("VGA firmware", file, LARGEST_ROM);
        if (image.length < SMALLEST_ROM || (image[0] & 0xff) != 0x55 || (image[1] & 0xff) != 0xaa) {
            throw new BadImageException(
                    "VGA firmware " + file + " is not an option ROM; name another file");
        }
        return image;
    }

    private BadConfigException missing(String what, String option) {
        return new BadConfigException(
                what
                        + " is not in the usual places; install the Debian package seabios, run"
                        + " 'lodge demo --grub' to fetch it, or name the file with "
                        + option);
    }

    private Optional<Path> find(List<String> names) {
        for (Path folder : folders) {
            for (String name : names) {
                Path file = folder.resolve(name);
                if (Files.isReadable(file) && Files.isRegularFile(file)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    private static byte[] read(String what, Path file, int most) {
        if (!Files.exists(file)) {
            throw new BadConfigException(what + " " + file + " does not exist; check the name");
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new BadConfigException(
                    what
                            + " "
                            + file
                            + " cannot be read; check that it is a file, and its permissions");
        }
        try {
            if (Files.size(file) > most) {
                throw new BadImageException(
                        "%s %s is larger than %d KiB; name another file"
                                .formatted(what, file, most >> 10));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadConfigException(
                    what + " " + file + " cannot be read (" + e.getMessage() + "); check its disk",
                    e);
        }
    }
}
