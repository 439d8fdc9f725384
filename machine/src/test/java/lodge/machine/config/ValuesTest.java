package lodge.machine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import lodge.core.BadConfigException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;

class ValuesTest {
    private static final Path HERE = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "512M,536870912",
        "1G,1073741824",
        "2048k,2097152",
        "64MiB,67108864",
        "3gb,3221225472",
        "512G,549755813888"
    })
    void memorySizesAreNumbersWithAUnit(String text, long bytes) {
        assertEquals(bytes, Values.memory(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "M",
                "512",
                "-1G",
                "1.5G",
                "0M",
                "1M",
                "513G",
                "2T",
                "999999999999999T",
                "2049K",
                "1 G",
                "1GG"
            })
    void whatIsNoSizeOrOutOfRangeIsRefused(String text) {
        assertThrows(BadConfigException.class, () -> Values.memory(text));
    }

    @Test
    void memorySizesAreWrittenAsTheyAreRead() {
        assertEquals("512M", Values.memoryText(Values.memory("512M")));
        assertEquals("4G", Values.memoryText(Values.memory("4096M")));
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "60s,PT1M", "60,PT1M", "5m,PT5M", "1h,PT1H"})
    void durationsAreNumbersWithAUnit(String text, Duration expected) {
        assertEquals(expected, Values.duration(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "0", "0ms", "-1s", "1.5s", "1d", "9999999999s"})
    void whatIsNoDurationIsRefused(String text) {
        assertThrows(BadConfigException.class, () -> Values.duration(text));
    }

    @Test
    void aDiskIsItsFileAndItsOptions() {
        assertEquals(
                new DiskConfig(Path.of("a.img"), DiskFormat.RAW, DiskBus.IDE, false),
                Values.disk("a.img", HERE));
        assertEquals(
                new DiskConfig(Path.of("a.VHD"), DiskFormat.VHD, DiskBus.IDE, false),
                Values.disk("a.VHD", HERE));
        assertEquals(
                new DiskConfig(Path.of("/x/a.vhd"), DiskFormat.RAW, DiskBus.VIRTIO, true),
                Values.disk("a.vhd,format=raw,bus=virtio,readonly", Path.of("/x")));
        assertEquals(
                new DiskConfig(Path.of("a,b,readonly"), DiskFormat.RAW, DiskBus.IDE, false),
                Values.disk("a,,b,,readonly,readonly=off", HERE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "a,b; Disk 'a,b': option 'b' is not known; use format=raw|vhd, bus=ide|virtio or"
                        + " readonly",
                "a,format=qcow2; Disk format 'qcow2' is not known; use raw or vhd",
                "a,readonly=maybe; readonly 'maybe' is not known; use on or off",
                ",readonly; A file's name is empty; give one"
            })
    void aWrongDiskOptionIsNamed(String text, ArgumentsAccessor all) {
        String message =
                assertThrows(BadConfigException.class, () -> Values.disk(text, HERE)).getMessage();
        assertEquals(all.getString(1) + "; " + all.getString(2), message);
    }

    @Test
    void aKernelIsItsFileAndItsDoor() {
        MachineConfig.Builder machine = MachineConfig.builder();
        Values.kernel("vmlinuz,entry=pvh", HERE, machine);
        KernelConfig kernel = machine.build().kernel().orElseThrow();
        assertEquals(Path.of("vmlinuz"), kernel.file());
        assertEquals(KernelEntry.PVH, kernel.entry());
        assertThrows(BadConfigException.class, () -> Values.kernel("vmlinuz,pvh", HERE, machine));
    }
}
