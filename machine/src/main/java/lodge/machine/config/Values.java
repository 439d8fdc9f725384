package lodge.machine.config;

import lodge.core.BadConfigException;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values as people write them, on the command line and in JSON: memory sizes, durations, names,
 * disks.
 */
public final class Values {
    /** How a memory size looks; JSON Schema uses the same. */
    static final String MEMORY_PATTERN = "^[0-9]{1,15}[KMGTkmgt](i?[Bb])?$";

    /** How a duration looks; JSON Schema uses the same. */
    static final String DURATION_PATTERN = "^[0-9]{1,9}(ms|s|m|h)?$";

    /** How a machine's name looks; JSON Schema uses the same. */
    static final String NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

    private static final long MEBIBYTE = 1L << 20;
    private static final long MINIMUM_MEMORY = 2 * MEBIBYTE;
    private static final long MAXIMUM_MEMORY = 1L << 39;

    private Values() {}

    /**
     * Reads a memory size.
     *
     * @param text a whole number and a unit: K, M, G or T (powers of 1024), for example {@code
     *     512M}
     * @return bytes, a multiple of 1 MiB from 2 MiB to 512 GiB
     * @throws BadConfigException when it is anything else
     */
    public static long memory(String text) {
        if (!text.matches(MEMORY_PATTERN)) {
            throw new BadConfigException(
                    "Memory '"
                            + text
                            + "' is not a size; write a whole number and K, M or G, such as 512M");
        }
        int digits = 0;
        while (Character.isDigit(text.charAt(digits))) {
            digits++;
        }
        long number = Long.parseLong(text.substring(0, digits));
        int shift =
                switch (Character.toUpperCase(text.charAt(digits))) {
                    case 'K' -> 10;
                    case 'M' -> 20;
                    case 'G' -> 30;
                    default -> 40;
                };
        if (number > MAXIMUM_MEMORY >> shift || number << shift < MINIMUM_MEMORY) {
            throw new BadConfigException(
                    "Memory '" + text + "' is out of range; choose 2M to 512G");
        }
        long bytes = number << shift;
        if (bytes % MEBIBYTE != 0) {
            throw new BadConfigException(
                    "Memory '" + text + "' is not a multiple of 1 MiB; write it in M");
        }
        return bytes;
    }

    /**
     * Writes a memory size the way {@link #memory} reads it.
     *
     * @param bytes a multiple of 1 MiB
     * @return for example {@code 512M}
     */
    public static String memoryText(long bytes) {
        return bytes % (1L << 30) == 0 ? (bytes >> 30) + "G" : (bytes >> 20) + "M";
    }

    /**
     * Reads a duration.
     *
     * @param text a whole number and a unit: ms, s, m or h; seconds without one
     * @return the duration, longer than 0
     * @throws BadConfigException when it is anything else
     */
    public static Duration duration(String text) {
        Matcher matcher = Pattern.compile("([0-9]{1,9})(ms|s|m|h)?").matcher(text);
        if (!matcher.matches()) {
            throw new BadConfigException(
                    "Time '" + text + "' is not understood; write 500ms, 60s, 5m or 1h");
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "s" : matcher.group(2);
        if (number == 0) {
            throw new BadConfigException("Time '" + text + "' must be longer than 0");
        }
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
    }

    /**
     * Reads a disk: its file, then what is to be known of it.
     *
     * @param text {@code F[,format=raw|vhd][,bus=ide|virtio][,readonly]}; a comma in the file's
     *     name is written twice
     * @param base folder that a relative file name begins at
     * @return the disk
     * @throws BadConfigException when an option is not known
     */
    public static DiskConfig disk(String text, Path base) {
        List<String> parts = splitAtSingleCommas(text);
        Path file = path(parts.get(0), base);
        DiskFormat format = DiskFormat.of(file);
        DiskBus bus = DiskBus.IDE;
        boolean readOnly = false;
        for (String option : parts.subList(1, parts.size())) {
            int equals = option.indexOf('=');
            String key = equals < 0 ? option : option.substring(0, equals);
            String value = option.substring(equals + 1);
            switch (key) {
                case "format" -> format = choice(DiskFormat.class, "Disk format", value);
                case "bus" -> bus = choice(DiskBus.class, "Disk bus", value);
                case "readonly" -> readOnly = equals < 0 || bool("readonly", value);
                default ->
                        throw new BadConfigException(
                                "Disk '%s': option '%s' is not known; use format=raw|vhd, bus=ide|virtio or readonly"
                                        .formatted(text, key));
            }
        }
        return new DiskConfig(file, format, bus, readOnly);
    }

    /**
     * Reads a kernel: its file, then by which door it is entered.
     *
     * @param text {@code F[,entry=auto|linux64|linux32|elf|pvh]}; a comma in the file's name is
     *     written twice
     * @param base folder that a relative file name begins at
     * @param machine gets both
     * @throws BadConfigException when an option is not known
     */
    public static void kernel(String text, Path base, MachineConfig.Builder machine) {
        List<String> parts = splitAtSingleCommas(text);
        machine.kernel(path(parts.get(0), base));
        for (String option : parts.subList(1, parts.size())) {
            if (!option.startsWith("entry=")) {
                throw new BadConfigException(
                        "Kernel '%s': option '%s' is not known; use entry=auto|linux64|linux32|elf|pvh"
                                .formatted(text, option));
            }
            machine.kernelEntry(option.substring("entry=".length()));
        }
    }

    /**
     * Reads the processors: how many, then whether they take turns.
     *
     * @param text {@code N[,turns]}
     * @param machine gets both
     * @throws BadConfigException when it is anything else
     */
    public static void cpus(String text, MachineConfig.Builder machine) {
        int comma = text.indexOf(',');
        machine.cpus(count("cpus", comma < 0 ? text : text.substring(0, comma)));
        String option = comma < 0 ? "" : text.substring(comma + 1);
        if (comma >= 0 && !option.equals("turns")) {
            throw new BadConfigException(
                    "cpus '%s': option '%s' is not known; use turns".formatted(text, option));
        }
        machine.cpuTurns(comma >= 0);
    }

    /**
     * Reads a whole number.
     *
     * @param what for the message, for example {@code cpus}
     * @param text digits
     * @return the number
     * @throws BadConfigException when it is anything else
     */
    public static long count(String what, String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new BadConfigException(
                    what + " '" + text + "' is not a whole number; write one such as 2");
        }
        return Long.parseLong(text);
    }

    /**
     * Finds the constant a user named.
     *
     * @param type the enumeration
     * @param what for the message, for example {@code Disk bus}
     * @param text the name, in any case, with {@code -} for {@code _}
     * @param <E> the enumeration
     * @return the constant
     * @throws BadConfigException when there is none of that name
     */
    public static <E extends Enum<E>> E choice(Class<E> type, String what, String text) {
        for (E constant : type.getEnumConstants()) {
            if (spelling(constant).equals(text.toLowerCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw new BadConfigException(
                "%s '%s' is not known; use %s".formatted(what, text, list(spellings(type))));
    }

    /**
     * How users write a constant.
     *
     * @param constant the constant
     * @return lower case, {@code -} for {@code _}
     */
    public static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static List<String> spellings(Class<? extends Enum<?>> type) {
        List<String> names = new ArrayList<>();
        for (Enum<?> constant : type.getEnumConstants()) {
            names.add(spelling(constant));
        }
        return names;
    }

    /** Returns the names as a sentence has them: a, b or c. */
    static String list(List<String> names) {
        return names.size() == 1
                ? names.get(0)
                : String.join(", ", names.subList(0, names.size() - 1)) + " or " + names.getLast();
    }

    static Path path(String text, Path base) {
        if (text.isEmpty()) {
            throw new BadConfigException("A file's name is empty; give one");
        }
        try {
            return base.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new BadConfigException(
                    "'"
                            + text.replace('\0', '?')
                            + "' cannot be a file's name here ("
                            + e.getReason()
                            + ")",
                    e);
        }
    }

    static String name(String text) {
        if (!text.matches(NAME_PATTERN)) {
            throw new BadConfigException(
                    "Name '"
                            + text
                            + "' is not usable; use 1 to 64 letters, digits, '.', '_' and '-'");
        }
        return text;
    }

    private static boolean bool(String what, String value) {
        return switch (value) {
            case "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            default ->
                    throw new BadConfigException(
                            "%s '%s' is not known; use on or off".formatted(what, value));
        };
    }

    private static List<String> splitAtSingleCommas(String text) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ',') {
                part.append(c);
            } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
                part.append(c);
                i++;
            } else {
                parts.add(part.toString());
                part.setLength(0);
            }
        }
        parts.add(part.toString());
        return parts;
    }
}
