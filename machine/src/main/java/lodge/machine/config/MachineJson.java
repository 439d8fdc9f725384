package lodge.machine.config;

import lodge.core.BadConfigException;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Reads a machine description from JSON as {@code docs/machine.schema.json} defines it. Relative
 * file names begin at the folder of the JSON file. A key that is not known, comes twice or has a
 * value of the wrong kind is an error that says where it stands. Jackson's streaming parser is
 * enough for that, and starts in a fraction of the time of data binding.
 */
public final class MachineJson {
    private static final long MAXIMUM_FILE = 1 << 20;

    /**
     * A value's reader, by key: the one list that the parser, its messages and the test of the
     * schema share.
     */
    static final Map<String, BiConsumer<MachineJson, MachineConfig.Builder>> MACHINE_KEYS =
            Map.ofEntries(
                    Map.entry("$schema", (json, machine) -> json.string()),
                    Map.entry("name", (json, machine) -> machine.name(json.string())),
                    Map.entry("backend", (json, machine) -> machine.backend(json.string())),
                    Map.entry("cpu", (json, machine) -> machine.cpu(json.string())),
                    Map.entry("cpus", (json, machine) -> machine.cpus(json.integer())),
                    Map.entry("cpuTurns", (json, machine) -> machine.cpuTurns(json.bool())),
                    Map.entry("memory", (json, machine) -> machine.memory(json.string())),
                    Map.entry("firmware", (json, machine) -> machine.firmware(json.path())),
                    Map.entry("vgaFirmware", (json, machine) -> machine.vgaFirmware(json.path())),
                    Map.entry("kernel", (json, machine) -> machine.kernel(json.path())),
                    Map.entry("initrd", (json, machine) -> machine.initrd(json.path())),
                    Map.entry("commandLine", (json, machine) -> machine.commandLine(json.string())),
                    Map.entry("kernelEntry", (json, machine) -> machine.kernelEntry(json.string())),
                    Map.entry("disks", (json, machine) -> machine.disks(json.disks())),
                    Map.entry("cdrom", (json, machine) -> machine.cdrom(json.path())),
                    Map.entry("floppy", (json, machine) -> machine.floppy(json.path())),
                    Map.entry("boot", (json, machine) -> machine.boot(json.strings())),
                    Map.entry("serial", (json, machine) -> machine.serial(json.serial())),
                    Map.entry("debugExit", (json, machine) -> machine.debugExit(json.bool())),
                    Map.entry("timeout", (json, machine) -> machine.timeout(json.string())),
                    Map.entry(
                            "screenshotOnExit",
                            (json, machine) -> machine.screenshotOnExit(json.path())));

    /** The same for a disk. */
    static final Map<String, BiConsumer<MachineJson, DiskDraft>> DISK_KEYS =
            Map.of(
                    "file", (json, disk) -> disk.file = json.path(),
                    "format",
                            (json, disk) ->
                                    disk.format =
                                            Values.choice(
                                                    DiskFormat.class, "Disk format", json.string()),
                    "bus",
                            (json, disk) ->
                                    disk.bus =
                                            Values.choice(DiskBus.class, "Disk bus", json.string()),
                    "readonly", (json, disk) -> disk.readOnly = json.bool());

    /** A disk while its keys come in. */
    static final class DiskDraft {
        private Path file;
        private DiskFormat format;
        private DiskBus bus = DiskBus.IDE;
        private boolean readOnly;
    }

    private final String source;
    private final Path base;
    private final JsonParser parser;

    private MachineJson(String source, Path base, JsonParser parser) {
        this.source = source;
        this.base = base;
        this.parser = parser;
    }

    /**
     * Reads a description.
     *
     * @param file the JSON file
     * @return a builder that holds what the file says, the machine's name taken from the file's
     *     unless the file names it
     * @throws BadConfigException with the place in the file, when it is not a description
     */
    public static MachineConfig.Builder read(Path file) {
        byte[] bytes;
        try {
            if (Files.size(file) > MAXIMUM_FILE) {
                throw new BadConfigException(
                        "Machine description "
                                + file
                                + " is larger than 1 MiB; is it a JSON file at all?");
            }
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new BadConfigException(
                    "Machine description "
                            + file
                            + " does not exist; check the name, or give options only",
                    e);
        } catch (IOException e) {
            throw new BadConfigException(
                    "Machine description "
                            + file
                            + " cannot be read; check that it is a file and its permissions",
                    e);
        }
        MachineConfig.Builder machine = MachineConfig.builder();
        String name = file.getFileName().toString().replaceFirst("\\.[Jj][Ss][Oo][Nn]$", "");
        if (name.matches(Values.NAME_PATTERN)) {
            machine.name(name);
        }
        Path parent = file.toAbsolutePath().getParent();
        parse(file.toString(), parent, bytes, machine);
        return machine;
    }

    static void parse(String source, Path base, byte[] bytes, MachineConfig.Builder machine) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), bytes)) {
            MachineJson json = new MachineJson(source, base, parser);
            parser.nextToken();
            json.object("", MACHINE_KEYS, machine);
            if (parser.nextToken() != null) {
                throw json.error(
                        "", "Something follows the description's closing brace; remove it");
            }
        } catch (StreamReadException e) {
            throw new BadConfigException(
                    place(source, e.getLocation())
                            + "Not JSON: "
                            + firstSentence(e.getOriginalMessage()),
                    e);
        } catch (JacksonException e) {
            throw new BadConfigException(source + ": Not JSON; is it a UTF-8 text file?", e);
        }
    }

    private <T> void object(String path, Map<String, BiConsumer<MachineJson, T>> keys, T target) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw error(path, "%s is found where an object in braces belongs".formatted(kind()));
        }
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            BiConsumer<MachineJson, T> reader = keys.get(key);
            if (reader == null) {
                throw error(
                        path,
                        "Key \"%s\" is not known; the nearest known key is \"%s\""
                                .formatted(printable(key), NearestKey.of(key, keys.keySet())));
            }
            if (!seen.add(key)) {
                throw error(path, "Key \"" + key + "\" is there twice; remove one");
            }
            parser.nextToken();
            at(path.isEmpty() ? key : path + "." + key, () -> reader.accept(this, target));
        }
    }

    private List<DiskConfig> disks() {
        List<DiskConfig> disks = new ArrayList<>();
        array(
                path -> {
                    DiskDraft draft = new DiskDraft();
                    object(path, DISK_KEYS, draft);
                    if (draft.file == null) {
                        throw error(path, "A disk lacks its \"file\"; add it");
                    }
                    DiskFormat format =
                            draft.format == null ? DiskFormat.of(draft.file) : draft.format;
                    disks.add(new DiskConfig(draft.file, format, draft.bus, draft.readOnly));
                });
        return disks;
    }

    private List<SerialConfig> serial() {
        List<SerialConfig> ports = new ArrayList<>();
        array(path -> at(path, () -> ports.add(SerialConfig.parse(string(), base))));
        return ports;
    }

    private List<String> strings() {
        List<String> values = new ArrayList<>();
        array(path -> at(path, () -> values.add(string())));
        return values;
    }

    private void array(Consumer<String> element) {
        String key = parser.currentName();
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new BadConfigException(kind() + " is found where a list in brackets belongs");
        }
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            element.accept(key + "[" + i + "]");
        }
    }

    private String string() {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new BadConfigException(kind() + " is found where a text in quotes belongs");
        }
        return parser.getString();
    }

    private Path path() {
        return Values.path(string(), base);
    }

    private long integer() {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new BadConfigException(kind() + " is found where a whole number belongs");
        }
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw new BadConfigException("A number this large fits nowhere; choose a smaller one");
        }
        return parser.getLongValue();
    }

    private boolean bool() {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default ->
                    throw new BadConfigException(kind() + " is found where true or false belongs");
        };
    }

    /** Adds the place to errors that do not know theirs. */
    private void at(String path, Runnable reading) {
        TokenStreamLocation location = parser.currentTokenLocation();
        try {
            reading.run();
        } catch (BadConfigException e) {
            if (e.getMessage().startsWith(source + ":")) {
                throw e;
            }
            throw new BadConfigException(place(source, location) + path + ": " + e.getMessage(), e);
        }
    }

    private BadConfigException error(String path, String message) {
        return new BadConfigException(
                place(source, parser.currentTokenLocation())
                        + (path.isEmpty() ? "" : path + ": ")
                        + message);
    }

    private static String place(String source, TokenStreamLocation location) {
        return location == null || location.getLineNr() < 1
                ? source + ": "
                : "%s:%d:%d: ".formatted(source, location.getLineNr(), location.getColumnNr());
    }

    /** Names what the parser stands on, as the subject of a sentence. */
    private String kind() {
        return switch (parser.currentToken()) {
            case null -> "Nothing";
            case START_OBJECT -> "An object";
            case START_ARRAY -> "A list";
            case VALUE_STRING -> "The text \"" + printable(parser.getString()) + "\"";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                    "The number " + printable(parser.getString());
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> "The word " + parser.getString();
            default -> "Something else";
        };
    }

    /** Keeps messages on one line and short, whatever the file holds. */
    private static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 60 ? clean : clean.substring(0, 57) + "...";
    }

    private static String firstSentence(String message) {
        String line = printable(message.lines().findFirst().orElse("unreadable"));
        return line + "; check commas, quotes and brackets there";
    }
}
