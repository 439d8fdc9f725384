package lodge.machine.config;

import lodge.core.BadConfigException;
import lodge.core.backend.CpuModel;
import lodge.core.backend.VmShape;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A machine as its owner describes it. Every value is checked when {@link Builder#build} makes it;
 * whether files exist and are what they should be shows when the machine is built.
 *
 * @param name for messages, thread names and files
 * @param backend {@code auto}, {@code kvm}, {@code whpx} or {@code interpreter}
 * @param cpuModel which processor the guest sees
 * @param cpus number of processors, 1 to 255
 * @param cpuTurns whether the processors take turns in place of running at the same time
 * @param memoryBytes guest RAM, a multiple of 1 MiB
 * @param firmware the system BIOS; the usual places are searched when absent
 * @param vgaFirmware the video BIOS; the usual places are searched when absent
 * @param kernel a kernel to start in place of firmware
 * @param disks hard disks, in the order the guest numbers them
 * @param cdrom the medium in the CD-ROM drive
 * @param floppy the medium in the first floppy drive
 * @param boot boot order; empty lets the media decide: floppy, CD-ROM, disk, network, whichever
 *     there are
 * @param serial what COM1 to COM4 are connected to, at most 4; a port beyond the list does not
 *     exist
 * @param debugExit whether a write to port 0xf4 ends the run
 * @param timeout how long the machine may run, if limited
 * @param screenshotOnExit where to leave a picture of the screen at the end
 */
public record MachineConfig(
        String name,
        String backend,
        CpuModel cpuModel,
        int cpus,
        boolean cpuTurns,
        long memoryBytes,
        Optional<Path> firmware,
        Optional<Path> vgaFirmware,
        Optional<KernelConfig> kernel,
        List<DiskConfig> disks,
        Optional<Path> cdrom,
        Optional<Path> floppy,
        List<BootDevice> boot,
        List<SerialConfig> serial,
        boolean debugExit,
        Optional<Duration> timeout,
        Optional<Path> screenshotOnExit) {
    /** What {@code backend} can say. */
    public static final List<String> BACKENDS = List.of("auto", "kvm", "whpx", "interpreter");

    /** The one backend that lets processors take turns. */
    public static final String TURNS_BACKEND = "interpreter";

    /** How many serial ports a PC has. */
    public static final int MAX_SERIAL = 4;

    /** Copies the lists. */
    public MachineConfig {
        disks = List.copyOf(disks);
        boot = List.copyOf(boot);
        serial = List.copyOf(serial);
    }

    /**
     * Returns a builder with the defaults: one {@code lodge-v2} processor, 512 MiB, COM1 on stdio,
     * backend auto.
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Collects a machine's description; what is set later wins. A setter that takes text reads the
     * form users write and throws {@link BadConfigException} with a remedy.
     */
    public static final class Builder {
        private String name = "machine";
        private String backend = "auto";
        private CpuModel cpuModel = CpuModel.LODGE_V2;
        private int cpus = 1;
        private boolean cpuTurns;
        private long memoryBytes = 512L << 20;
        private Optional<Path> firmware = Optional.empty();
        private Optional<Path> vgaFirmware = Optional.empty();
        private Optional<Path> kernel = Optional.empty();
        private Optional<Path> initrd = Optional.empty();
        private Optional<String> commandLine = Optional.empty();
        private Optional<KernelEntry> kernelEntry = Optional.empty();
        private List<DiskConfig> disks = new ArrayList<>();
        private Optional<Path> cdrom = Optional.empty();
        private Optional<Path> floppy = Optional.empty();
        private List<BootDevice> boot = List.of();
        private List<SerialConfig> serial = List.of(new SerialConfig.Stdio());
        private boolean debugExit;
        private Optional<Duration> timeout = Optional.empty();
        private Optional<Path> screenshotOnExit = Optional.empty();

        private Builder() {}

        /**
         * Names the machine.
         *
         * @param text 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}
         * @return this
         */
        public Builder name(String text) {
            name = Values.name(text);
            return this;
        }

        /**
         * Chooses the backend.
         *
         * @param text one of {@link #BACKENDS}
         * @return this
         */
        public Builder backend(String text) {
            if (!BACKENDS.contains(text)) {
                throw new BadConfigException(
                        "Backend '%s' is not known; use %s".formatted(text, Values.list(BACKENDS)));
            }
            backend = text;
            return this;
        }

        /**
         * Chooses the processor the guest sees.
         *
         * @param text {@code lodge-v2}, {@code host} or {@code max}
         * @return this
         */
        public Builder cpu(String text) {
            cpuModel = Values.choice(CpuModel.class, "CPU model", text);
            return this;
        }

        /**
         * Sets the number of processors.
         *
         * @param count 1 to 255
         * @return this
         */
        public Builder cpus(long count) {
            if (count < 1 || count > VmShape.MAX_CPUS) {
                throw new BadConfigException(
                        "cpus is %d; choose 1 to %d".formatted(count, VmShape.MAX_CPUS));
            }
            cpus = (int) count;
            return this;
        }

        /**
         * Lets the processors take turns in place of running at the same time, which only the
         * interpreter does; {@code auto} takes it then.
         *
         * @param on whether
         * @return this
         */
        public Builder cpuTurns(boolean on) {
            cpuTurns = on;
            return this;
        }

        /**
         * Sets the size of guest RAM.
         *
         * @param text for example {@code 512M} or {@code 1G}
         * @return this
         */
        public Builder memory(String text) {
            memoryBytes = Values.memory(text);
            return this;
        }

        /**
         * Sets the system BIOS.
         *
         * @param file the image
         * @return this
         */
        public Builder firmware(Path file) {
            firmware = Optional.of(file);
            return this;
        }

        /**
         * Sets the video BIOS.
         *
         * @param file the image
         * @return this
         */
        public Builder vgaFirmware(Path file) {
            vgaFirmware = Optional.of(file);
            return this;
        }

        /**
         * Sets the kernel to start in place of firmware.
         *
         * @param file a bzImage or ELF kernel
         * @return this
         */
        public Builder kernel(Path file) {
            kernel = Optional.of(file);
            return this;
        }

        /**
         * Sets the kernel's initial RAM disk.
         *
         * @param file the image
         * @return this
         */
        public Builder initrd(Path file) {
            initrd = Optional.of(file);
            return this;
        }

        /**
         * Sets the kernel's command line.
         *
         * @param text the command line
         * @return this
         */
        public Builder commandLine(String text) {
            if (text.indexOf('\0') >= 0) {
                throw new BadConfigException(
                        "The kernel's command line contains a NUL character; remove it");
            }
            commandLine = Optional.of(text);
            return this;
        }

        /**
         * Chooses the door by which the kernel is entered.
         *
         * @param text {@code auto}, {@code linux64}, {@code linux32}, {@code elf} or {@code pvh}
         * @return this
         */
        public Builder kernelEntry(String text) {
            kernelEntry = Optional.of(Values.choice(KernelEntry.class, "Kernel entry", text));
            return this;
        }

        /**
         * Replaces the disks.
         *
         * @param list the disks
         * @return this
         */
        public Builder disks(List<DiskConfig> list) {
            disks = List.copyOf(list);
            return this;
        }

        /**
         * Puts a medium into the CD-ROM drive.
         *
         * @param file the image
         * @return this
         */
        public Builder cdrom(Path file) {
            cdrom = Optional.of(file);
            return this;
        }

        /**
         * Puts a medium into the floppy drive.
         *
         * @param file the image
         * @return this
         */
        public Builder floppy(Path file) {
            floppy = Optional.of(file);
            return this;
        }

        /**
         * Sets the boot order.
         *
         * @param names of {@link BootDevice}s, each at most once
         * @return this
         */
        public Builder boot(List<String> names) {
            List<BootDevice> order = new ArrayList<>();
            for (String each : names) {
                BootDevice device = Values.choice(BootDevice.class, "Boot device", each);
                if (order.contains(device)) {
                    throw new BadConfigException(
                            "Boot device '" + each + "' is named twice; name it once");
                }
                order.add(device);
            }
            boot = order;
            return this;
        }

        /**
         * Sets what the serial ports are connected to, COM1 first.
         *
         * @param ports at most 4, one of them stdio
         * @return this
         */
        public Builder serial(List<SerialConfig> ports) {
            if (ports.size() > MAX_SERIAL) {
                throw new BadConfigException(
                        "%d serial ports are too many; a PC has %d"
                                .formatted(ports.size(), MAX_SERIAL));
            }
            if (ports.stream().filter(SerialConfig.Stdio.class::isInstance).count() > 1) {
                throw new BadConfigException(
                        "Two serial ports want stdio; connect one of them to file:F or none");
            }
            serial = List.copyOf(ports);
            return this;
        }

        /**
         * Lets a write to port 0xf4 end the run.
         *
         * @param on whether
         * @return this
         */
        public Builder debugExit(boolean on) {
            debugExit = on;
            return this;
        }

        /**
         * Limits how long the machine may run.
         *
         * @param text for example {@code 60s}
         * @return this
         */
        public Builder timeout(String text) {
            timeout = Optional.of(Values.duration(text));
            return this;
        }

        /**
         * Asks for a picture of the screen at the end.
         *
         * @param file a PNG file to write
         * @return this
         */
        public Builder screenshotOnExit(Path file) {
            screenshotOnExit = Optional.of(file);
            return this;
        }

        /**
         * Makes the description.
         *
         * @return the description
         * @throws BadConfigException when parts of it do not fit together
         */
        public MachineConfig build() {
            if (kernel.isEmpty()) {
                needsKernel(initrd.isPresent(), "An initial RAM disk");
                needsKernel(commandLine.isPresent(), "A kernel command line");
                needsKernel(kernelEntry.isPresent(), "A kernel entry");
            }
            if (cpuTurns && !List.of("auto", TURNS_BACKEND).contains(backend)) {
                throw new BadConfigException(
                        "Backend %s runs processors at the same time; choose interpreter or auto, or let them not take turns"
                                .formatted(backend));
            }
            return new MachineConfig(
                    name,
                    backend,
                    cpuModel,
                    cpus,
                    cpuTurns,
                    memoryBytes,
                    firmware,
                    vgaFirmware,
                    kernel.map(
                            file ->
                                    new KernelConfig(
                                            file,
                                            initrd,
                                            commandLine.orElse(""),
                                            kernelEntry.orElse(KernelEntry.AUTO))),
                    disks,
                    cdrom,
                    floppy,
                    boot,
                    serial,
                    debugExit,
                    timeout,
                    screenshotOnExit);
        }

        private static void needsKernel(boolean given, String what) {
            if (given) {
                throw new BadConfigException(
                        what + " needs a kernel; give one too, or leave it out");
            }
        }
    }
}
