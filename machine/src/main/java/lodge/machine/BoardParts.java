package lodge.machine;

import lodge.core.serial.CharPort;
import lodge.core.storage.BlockBackend;
import lodge.machine.config.BootDevice;

import java.util.List;
import java.util.Objects;

/**
 * What a board is made of besides its chips.
 *
 * @param ramBytes size of RAM in bytes, a multiple of 1 MiB, at least 1 MiB
 * @param firmware the BIOS ROM image (a power of two from 64 KiB to 1 MiB), or an empty array when
 *     a kernel is booted directly
 * @param vgaFirmware the VGA option ROM, or an empty array
 * @param ide the drives on the four IDE places
 * @param floppies the media of the floppy drives: none, one or two; a drive without medium is null
 * @param serials the host's end of COM1 to COM4, at most 4
 * @param serialConsole whether firmware mirrors its screen on COM1 and takes keys from there
 * @param debugExit whether there is a debug-exit port at 0xf4
 * @param bootOrder device classes in the order in which the firmware tries them
 */
public record BoardParts(
        long ramBytes,
        byte[] firmware,
        byte[] vgaFirmware,
        List<IdeDrive> ide,
        List<BlockBackend> floppies,
        List<CharPort> serials,
        boolean serialConsole,
        boolean debugExit,
        List<BootDevice> bootOrder) {
    /** Checks. */
    public BoardParts {
        ide = List.copyOf(ide);
        serials = List.copyOf(serials);
        bootOrder = List.copyOf(bootOrder);
        Objects.requireNonNull(firmware);
    }

    /**
     * A drive on an IDE cable.
     *
     * @param channel 0 primary, 1 secondary
     * @param unit 0 master, 1 slave
     * @param medium the image; null for an empty CD-ROM drive
     * @param cdrom whether it is a CD-ROM drive
     */
    public record IdeDrive(int channel, int unit, BlockBackend medium, boolean cdrom) {}
}
