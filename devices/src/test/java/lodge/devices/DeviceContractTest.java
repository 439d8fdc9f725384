package lodge.devices;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;

import lodge.core.bus.IrqLine;
import lodge.core.device.Device;
import lodge.core.state.Snapshot;
import lodge.core.state.States;
import lodge.devices.AllDevices.Bench;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * What every device of the board promises, whatever a guest does to it: see {@link Device} and
 * "Device rules" in ARCHITECTURE.md. Each test takes the seeds of {@code seeds.txt} and a new one;
 * a failure prints its seed and its accesses.
 */
@Timeout(120)
class DeviceContractTest {
    private static final int ACCESSES = Integer.getInteger("lodge.fuzz.accesses", 1_000_000);
    private static final int BATCH = 128;
    private static final int ROUND_BATCHES = 1600;

    static List<Bench> benches() {
        return AllDevices.all().toList();
    }

    @ParameterizedTest
    @MethodSource("benches")
    void randomAccessesNeverThrow(Bench bench) {
        forEachSeed(
                bench,
                seed -> {
                    Rig rig = bench.make();
                    Fuzzer fuzzer = new Fuzzer(bench, rig, seed);
                    guarded(fuzzer, () -> fuzz(fuzzer, ACCESSES));
                });
    }

    @ParameterizedTest
    @MethodSource("benches")
    void accessesAllocateNothing(Bench bench) {
        Rig rig = bench.make();
        Fuzzer fuzzer = new Fuzzer(bench, rig, freshSeed());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 6 && least != 0; round++) {
            // The first rounds warm up: loading classes and compiling methods allocates too.
            long allocated = 0;
            for (int i = 0; i < ROUND_BATCHES; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int j = 0; j < BATCH; j++) {
                    fuzzer.access();
                }
                allocated += threads.getCurrentThreadAllocatedBytes() - before;
                fuzzer.interlude();
            }
            least = Math.min(least, allocated);
        }
        assertEquals(0, least, "bytes allocated by " + ROUND_BATCHES * BATCH + " accesses");
    }

    @ParameterizedTest
    @MethodSource("benches")
    void resetEqualsNew(Bench bench) {
        forEachSeed(
                bench,
                seed -> {
                    Rig rig = bench.make();
                    Fuzzer fuzzer = new Fuzzer(bench, rig, seed);
                    for (int round = 0; round < 20; round++) {
                        fuzz(fuzzer, 2000);
                        assertResetEqualsNew(bench, rig, fuzzer);
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("benches")
    void whatWasSavedIsLoadedAndBehavesTheSame(Bench bench) {
        forEachSeed(
                bench,
                seed -> {
                    Rig rig = bench.make();
                    Fuzzer fuzzer = new Fuzzer(bench, rig, seed);
                    for (int round = 0; round < 20; round++) {
                        fuzz(fuzzer, 2000);
                        rig.emptyHostQueues();
                        Rig twin = twinOf(bench, rig);
                        for (int i = 0; i < rig.devices.size(); i++) {
                            Record saved = rig.devices.get(i).save();
                            assertNoDiff(fuzzer, "loaded", saved, twin.devices.get(i).save());
                        }
                        assertTwins(bench, rig, twin, seed + round);
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("benches")
    void aStateIsAValueThatNothingChangesAfterwards(Bench bench) {
        Rig rig = bench.make();
        Fuzzer fuzzer = new Fuzzer(bench, rig, freshSeed());
        for (int round = 0; round < 20; round++) {
            fuzz(fuzzer, 1000);
            List<? extends Record> states = rig.devices.stream().map(Device::save).toList();
            byte[] before = fileOf(rig, states);
            for (int i = 0; i < states.size(); i++) {
                load(rig.devices.get(i), states.get(i));
            }
            fuzz(fuzzer, 1000);
            assertArrayEquals(
                    before,
                    fileOf(rig, states),
                    () -> "An array was not copied by save() or load()\n" + fuzzer.trace());
        }
    }

    private static byte[] fileOf(Rig rig, List<? extends Record> states) {
        Snapshot snapshot = new Snapshot();
        for (int i = 0; i < states.size(); i++) {
            snapshot.put(rig.devices.get(i).name(), states.get(i));
        }
        return snapshot.toBytes();
    }

    @ParameterizedTest
    @MethodSource("benches")
    void fieldsAndSectionsOfOtherVersionsAreIgnored(Bench bench) throws IOException {
        Rig rig = bench.make();
        Fuzzer fuzzer = new Fuzzer(bench, rig, freshSeed());
        fuzz(fuzzer, 2000);
        Rig fresh = bench.make();
        Snapshot snapshot = new Snapshot();
        snapshot.put("device-of-the-future", new Future(1));
        Snapshot empty = new Snapshot();
        for (Device<?> device : rig.devices) {
            snapshot.put(device.name(), device.save());
            empty.put(device.name(), new Future(2));
        }
        Snapshot read = Snapshot.of(withFieldOfTheFuture(snapshot.toBytes()));
        Snapshot readEmpty = Snapshot.of(empty.toBytes());
        for (int i = 0; i < rig.devices.size(); i++) {
            Record saved = rig.devices.get(i).save();
            Record reset = fresh.devices.get(i).save();
            String name = rig.devices.get(i).name();
            assertNoDiff(fuzzer, "from a newer version", saved, read.get(name, reset));
            assertNoDiff(fuzzer, "all fields missing", reset, readEmpty.get(name, reset));
        }
    }

    @ParameterizedTest
    @MethodSource("benches")
    void hostileStatesDoNoHarm(Bench bench) {
        forEachSeed(
                bench,
                seed -> {
                    Rig rig = bench.make();
                    Fuzzer fuzzer = new Fuzzer(bench, rig, seed);
                    HostileStates hostile = new HostileStates(fuzzer.random());
                    for (int round = 0; round < 300; round++) {
                        int oneIn = 1 + fuzzer.random().nextInt(8);
                        guarded(
                                fuzzer,
                                () -> {
                                    for (Device<?> device : rig.devices) {
                                        load(device, hostile.of(device.save(), oneIn));
                                    }
                                    Rig twin = twinOf(bench, rig);
                                    for (int i = 0; i < rig.devices.size(); i++) {
                                        Record saved = rig.devices.get(i).save();
                                        assertNoDiff(
                                                fuzzer,
                                                "hostile",
                                                saved,
                                                twin.devices.get(i).save());
                                    }
                                    fuzz(fuzzer, 300);
                                });
                        assertResetEqualsNew(bench, rig, fuzzer);
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("benches")
    void namesAreUniqueAndStable(Bench bench) {
        List<String> names = bench.make().devices.stream().map(Device::name).toList();
        assertEquals(names, bench.make().devices.stream().map(Device::name).toList());
        assertEquals(names, names.stream().distinct().toList());
        assertFalse(names.isEmpty());
    }

    @Test
    void everySeedInTheListNamesABench() {
        List<String> names = benches().stream().map(Bench::name).toList();
        for (Seed seed : seeds()) {
            assertTrue(names.contains(seed.bench()), "seeds.txt names " + seed.bench());
        }
    }

    private static void fuzz(Fuzzer fuzzer, int accesses) {
        for (int done = 0; done < accesses; done += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                fuzzer.access();
            }
            fuzzer.interlude();
        }
    }

    /**
     * A new bench at the same time, whose devices have loaded the states of this one's, with the
     * same in memory.
     */
    private static Rig twinOf(Bench bench, Rig rig) {
        Rig twin = bench.make(rig.clock.nanos());
        for (int i = 0; i < rig.devices.size(); i++) {
            load(twin.devices.get(i), rig.devices.get(i).save());
        }
        for (int i = 0; i < rig.memory.blocks().size(); i++) {
            MemorySegment original = rig.memory.blocks().get(i).segment();
            twin.memory.blocks().get(i).segment().copyFrom(original);
        }
        return twin;
    }

    /** The same accesses give the same answers and the same levels on both benches. */
    private static void assertTwins(Bench bench, Rig rig, Rig twin, long seed) {
        Fuzzer one = new Fuzzer(bench, rig, seed);
        Fuzzer other = new Fuzzer(bench, twin, seed);
        for (int i = 0; i < 600; i++) {
            assertEquals(
                    one.access(),
                    other.access(),
                    () -> "Read by the original and its copy\n" + difference(one, rig, twin));
            for (int line = 0; line < rig.lines.size(); line++) {
                IrqLine copy = twin.lines.get(line);
                assertEquals(
                        rig.lines.get(line).high(),
                        copy.high(),
                        () -> "Line levels differ\n" + difference(one, rig, twin));
            }
            if (i % 16 == 0) {
                one.interlude();
                other.interlude();
            }
        }
    }

    private static String difference(Fuzzer fuzzer, Rig rig, Rig twin) {
        StringBuilder text = new StringBuilder(fuzzer.trace());
        for (int i = 0; i < rig.devices.size(); i++) {
            List<String> lines = States.diff(rig.devices.get(i).save(), twin.devices.get(i).save());
            text.append("\n").append(rig.devices.get(i).name()).append(" now, original / copy: ");
            text.append(lines.subList(0, Math.min(lines.size(), 20)));
        }
        return text.toString();
    }

    private static void assertResetEqualsNew(Bench bench, Rig rig, Fuzzer fuzzer) {
        Rig fresh = bench.make(rig.clock.nanos());
        rig.emptyHostQueues();
        for (Device<?> device : rig.devices) {
            device.reset();
        }
        for (int i = 0; i < rig.devices.size(); i++) {
            List<String> diff =
                    States.diff(fresh.devices.get(i).save(), rig.devices.get(i).save()).stream()
                            .filter(
                                    line ->
                                            rig.battery.stream()
                                                    .noneMatch(field -> concerns(line, field)))
                            .toList();
            assertEquals(List.of(), diff, () -> "new / reset\n" + fuzzer.trace());
        }
        for (IrqLine line : rig.lines) {
            assertFalse(line.high(), "an interrupt line is high after reset");
        }
    }

    private static void assertNoDiff(Fuzzer fuzzer, String what, Record expected, Record actual) {
        assertEquals(List.of(), States.diff(expected, actual), () -> what + "\n" + fuzzer.trace());
    }

    @SuppressWarnings("unchecked")
    private static <S extends Record> void load(Device<S> device, Record state) {
        device.load((S) state);
    }

    private static void guarded(Fuzzer fuzzer, Runnable run) {
        try {
            run.run();
        } catch (RuntimeException e) {
            throw new AssertionError("A guest made a device throw\n" + fuzzer.trace(), e);
        }
    }

    private static void forEachSeed(Bench bench, Consumer<Long> test) {
        for (Seed seed : seeds()) {
            if (seed.bench().equals(bench.name())) {
                test.accept(seed.value());
            }
        }
        test.accept(freshSeed());
    }

    private static long freshSeed() {
        return Long.getLong("lodge.fuzz.seed", System.nanoTime());
    }

    /** A line of {@code seeds.txt}. */
    private record Seed(String bench, long value) {
        static Seed parse(String line) {
            int space = line.indexOf(' ');
            return new Seed(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
        }
    }

    private static List<Seed> seeds() {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                DeviceContractTest.class.getResourceAsStream("seeds.txt"),
                                StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Seed::parse)
                    .toList();
        } catch (IOException e) {
            return fail("seeds.txt cannot be read", e);
        }
    }

    /** Whether a line of {@link States#diff} is about a field or a part of it. */
    private static boolean concerns(String line, String field) {
        return line.startsWith(field + ":")
                || line.startsWith(field + "[")
                || line.startsWith(field + ".");
    }

    /** What a later version of Lodge might save. */
    public record Future(int answer) {}

    /** Adds a field that nobody knows to every section of a snapshot's file form. */
    private static byte[] withFieldOfTheFuture(byte[] file) throws IOException {
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        DataOutputStream fieldOut = new DataOutputStream(field);
        fieldOut.writeUTF("fieldOfTheFuture");
        fieldOut.writeByte(99);
        fieldOut.writeInt(3);
        fieldOut.write(new byte[] {1, 2, 3});
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(file));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(in.readNBytes(8));
        for (String name = in.readUTF(); !name.isEmpty(); name = in.readUTF()) {
            byte[] section = in.readNBytes(in.readInt());
            out.writeUTF(name);
            out.writeInt(field.size() + section.length);
            out.write(field.toByteArray());
            out.write(section);
        }
        out.writeUTF("");
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        out.writeInt((int) crc.getValue());
        return bytes.toByteArray();
    }
}
