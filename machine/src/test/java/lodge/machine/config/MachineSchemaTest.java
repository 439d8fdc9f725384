package lodge.machine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import lodge.core.BadConfigException;
import lodge.core.backend.CpuModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The published schema, the page about it and the parser say the same. */
class MachineSchemaTest {
    private static final Path DOCS = Path.of("..", "docs");

    private final String schemaText;
    private final JsonNode schema;
    private final String page;

    MachineSchemaTest() throws IOException {
        schemaText = Files.readString(DOCS.resolve("machine.schema.json"));
        schema = new JsonMapper().readTree(schemaText);
        page = Files.readString(DOCS.resolve("machine-description.md"));
    }

    @Test
    void schemaParserAndPageKnowTheSameKeys() {
        assertEquals(MachineJson.MACHINE_KEYS.keySet(), keys(schema.path("properties")));
        assertEquals(
                MachineJson.DISK_KEYS.keySet(),
                keys(schema.path("$defs").path("disk").path("properties")));
        Set<String> all = new TreeSet<>(MachineJson.MACHINE_KEYS.keySet());
        all.addAll(MachineJson.DISK_KEYS.keySet());
        Set<String> written = new TreeSet<>();
        Matcher rows = Pattern.compile("(?m)^\\| `([^`]+)` \\|").matcher(page);
        while (rows.find()) {
            written.add(rows.group(1));
        }
        assertEquals(all, written);
    }

    @Test
    void schemaAndParserKnowTheSameValues() {
        assertEquals(MachineConfig.BACKENDS, values("backend"));
        assertEquals(Values.spellings(CpuModel.class), values("cpu"));
        assertEquals(Values.spellings(KernelEntry.class), values("kernelEntry"));
        assertEquals(
                Values.spellings(BootDevice.class),
                texts(property("boot").path("items").path("enum")));
        JsonNode disk = schema.path("$defs").path("disk").path("properties");
        assertEquals(Values.spellings(DiskFormat.class), texts(disk.path("format").path("enum")));
        assertEquals(Values.spellings(DiskBus.class), texts(disk.path("bus").path("enum")));
        assertEquals(MachineConfig.MAX_SERIAL, property("serial").path("maxItems").asInt());
        assertEquals(Values.MEMORY_PATTERN, property("memory").path("pattern").asString());
        assertEquals(Values.DURATION_PATTERN, property("timeout").path("pattern").asString());
        assertEquals(Values.NAME_PATTERN, property("name").path("pattern").asString());
    }

    @Test
    void theSchemasDefaultsAreTheParsers() {
        MachineConfig machine = MachineConfig.builder().build();
        assertEquals(machine.backend(), property("backend").path("default").asString());
        assertEquals(
                Values.spelling(machine.cpuModel()), property("cpu").path("default").asString());
        assertEquals(machine.cpuTurns(), property("cpuTurns").path("default").asBoolean());
        assertEquals(machine.cpus(), property("cpus").path("default").asInt());
        assertEquals(
                Values.memoryText(machine.memoryBytes()),
                property("memory").path("default").asString());
        assertEquals(machine.debugExit(), property("debugExit").path("default").asBoolean());
        assertEquals(List.of(new SerialConfig.Stdio()), machine.serial());
        assertEquals(List.of("stdio"), texts(property("serial").path("default")));
    }

    @Test
    void everyExampleOfThePageIsValidAndTogetherTheyShowEveryKey() {
        List<String> examples = new ArrayList<>();
        Matcher blocks = Pattern.compile("(?s)```json\\n(.*?)```").matcher(page);
        while (blocks.find()) {
            examples.add(blocks.group(1));
        }
        assertTrue(examples.size() >= 3);
        Set<String> shown = new TreeSet<>();
        for (String example : examples) {
            assertEquals(List.of(), validate(example), example);
            parse(example);
            JsonNode tree = new JsonMapper().readTree(example);
            shown.addAll(keys(tree));
            tree.path("disks").forEach(disk -> shown.addAll(keys(disk)));
        }
        Set<String> all = new TreeSet<>(MachineJson.MACHINE_KEYS.keySet());
        all.addAll(MachineJson.DISK_KEYS.keySet());
        assertEquals(all, shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"memroy\": \"1G\"}",
                "{\"memory\": \"lots\"}",
                "{\"memory\": 512}",
                "{\"cpus\": 0}",
                "{\"cpus\": 256}",
                "{\"cpus\": 1.5}",
                "{\"cpuTurns\": 1}",
                "{\"cpuTurns\": true, \"backend\": \"kvm\"}",
                "{\"cpu\": \"486\"}",
                "{\"name\": \"a b\"}",
                "{\"disks\": [{}]}",
                "{\"disks\": [{\"file\": \"a\", \"bus\": \"scsi\"}]}",
                "{\"disks\": [{\"file\": \"a\", \"readOnly\": true}]}",
                "{\"boot\": [\"usb\"]}",
                "{\"boot\": [\"disk\", \"disk\"]}",
                "{\"serial\": [\"tty\"]}",
                "{\"serial\": [\"none\", \"none\", \"none\", \"none\", \"none\"]}",
                "{\"serial\": \"stdio\"}",
                "{\"initrd\": \"i\"}",
                "{\"commandLine\": \"quiet\"}",
                "{\"kernelEntry\": \"pvh\"}",
                "{\"kernel\": \"\"}",
                "{\"timeout\": \"soon\"}",
                "{\"debugExit\": 1}",
                "[]"
            })
    void whatTheParserRefusesTheSchemaRefusesToo(String json) {
        assertThrows(BadConfigException.class, () -> parse(json));
        assertFalse(validate(json).isEmpty(), json);
    }

    private List<Error> validate(String json) {
        Schema validator =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(schemaText, InputFormat.JSON);
        return List.copyOf(validator.validate(json, InputFormat.JSON));
    }

    private static MachineConfig parse(String json) {
        MachineConfig.Builder machine = MachineConfig.builder();
        MachineJson.parse("example", Path.of(""), json.getBytes(StandardCharsets.UTF_8), machine);
        return machine.build();
    }

    private JsonNode property(String name) {
        return schema.path("properties").path(name);
    }

    private List<String> values(String name) {
        return texts(property(name).path("enum"));
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asString()));
        return texts;
    }

    private static Set<String> keys(JsonNode object) {
        return new TreeSet<>(object.propertyNames());
    }
}
