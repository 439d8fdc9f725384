package lodge.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.CpuModel;
import lodge.core.backend.LocalApics;
import lodge.core.backend.Vcpu;
import lodge.core.backend.VirtualMachine;
import lodge.core.backend.VmShape;
import lodge.core.bus.IoSpace;
import lodge.core.bus.LineSink;
import lodge.core.device.Device;
import lodge.core.memory.GuestMemory;
import lodge.core.serial.CharPort;
import lodge.core.state.Snapshot;
import lodge.core.state.States;
import lodge.core.time.ManualClock;
import lodge.machine.config.BootDevice;
import lodge.vhd.DiskImages;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** The whole board with all its chips, without a processor. */
class BoardTest {
    private static final Path PORT_MAP = Path.of("../docs/port-map.md");

    @TempDir private Path folder;

    private final IoSpace io = new IoSpace();
    private final GuestMemory memory = GuestMemory.forTests();
    private final ManualClock clock = new ManualClock();
    private final List<String> events = new ArrayList<>();
    private PcBoard board;

    @BeforeEach
    void build() throws IOException {
        Path disk = Files.write(folder.resolve("disk.raw"), new byte[1 << 20]);
        Path cd = Files.write(folder.resolve("cd.iso"), new byte[1 << 20]);
        Path floppy = Files.write(folder.resolve("floppy.img"), new byte[1440 << 10]);
        BoardParts parts =
                new BoardParts(
                        16 << 20,
                        new byte[0x40000],
                        new byte[0],
                        List.of(
                                new BoardParts.IdeDrive(
                                        0,
                                        0,
                                        DiskImages.open(disk, DiskImages.Format.RAW, false),
                                        false),
                                new BoardParts.IdeDrive(
                                        1,
                                        0,
                                        DiskImages.open(cd, DiskImages.Format.RAW, true),
                                        true)),
                        List.of(DiskImages.open(floppy, DiskImages.Format.RAW, false)),
                        List.of(new CharPort(), new CharPort(), new CharPort(), new CharPort()),
                        true,
                        true,
                        List.of(BootDevice.CDROM));
        board =
                new PcBoard(
                        new NoProcessors(),
                        io,
                        clock,
                        new VmShape("test", 1, CpuModel.LODGE_V2),
                        parts,
                        new Log());
    }

    @Test
    void thePortMapOfTheDocsIsTheBoards() throws IOException {
        StringBuilder text = new StringBuilder();
        text.append("# Port and address map\n\n");
        text.append(
                "Printed from `PcBoard` with every option in place; `BoardTest` compares (and"
                        + " writes this file when run\n");
        text.append(
                "with `-Dlodge.update-docs=true`). Ranges that the guest places itself (PCI BARs,"
                        + " power management,\n");
        text.append("SMBus) are not here.\n\n");
        text.append("| range | device |\n|---|---|\n");
        for (IoSpace.Place place : board.map()) {
            String form =
                    place.port() ? "| port 0x%03x-0x%03x | %s |%n" : "| 0x%08x-0x%08x | %s |%n";
            text.append(
                    form.formatted(
                            place.first(), place.first() + place.length() - 1, place.owner()));
        }
        if (Boolean.getBoolean("lodge.update-docs")) {
            Files.writeString(PORT_MAP, text);
        }
        assertEquals(text.toString(), Files.readString(PORT_MAP));
    }

    @Test
    void everyDeviceHasANameOfItsOwn() {
        Set<String> names = new HashSet<>();
        for (Device<?> device : board.devices()) {
            assertTrue(names.add(device.name()), device.name());
        }
    }

    @Test
    void theStateOfTheWholeBoardMovesToAnotherBoard() throws IOException {
        scribble(20_000, 11);
        board.awaitTransfers();
        Snapshot snapshot = new Snapshot();
        List<Record> saved = new ArrayList<>();
        for (Device<?> device : board.devices()) {
            synchronized (device) {
                saved.add(device.save());
                snapshot.put(device.name(), saved.getLast());
            }
        }
        Snapshot read = Snapshot.of(snapshot.toBytes());
        board.reset();
        for (int i = 0; i < saved.size(); i++) {
            load(board.devices().get(i), read);
        }
        for (int i = 0; i < saved.size(); i++) {
            Device<?> device = board.devices().get(i);
            assertEquals(List.of(), States.diff(saved.get(i), device.save()), device.name());
        }
    }

    private static <S extends Record> void load(Device<S> device, Snapshot snapshot) {
        synchronized (device) {
            device.load(snapshot.get(device.name(), device.save()));
        }
    }

    @Test
    void aHostileGuestNeitherThrowsNorHangs() {
        for (long seed = 0; seed < 5; seed++) {
            scribble(100_000, seed);
            board.awaitTransfers();
            board.reset();
        }
    }

    /** Accesses of all sizes to all that is claimed, and a margin around it, while time passes. */
    private void scribble(int accesses, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] buffer = new byte[64];
        List<IoSpace.Place> map = board.map();
        for (int i = 0; i < accesses; i++) {
            if (i % 1000 == 0) {
                map = board.map();
                clock.advance(random.nextLong(2_000_000));
            }
            IoSpace.Place place = map.get(random.nextInt(map.size()));
            long at = place.first() + random.nextLong(-4, place.length() + 4);
            int size = 1 << random.nextInt(3);
            if (!place.port()) {
                if (random.nextBoolean()) {
                    io.read(at, 1 + random.nextInt(8));
                } else {
                    io.write(at, 1 + random.nextInt(8), random.nextLong());
                }
                continue;
            }
            switch (random.nextInt(4)) {
                case 0 -> io.in((int) at, size);
                case 1 -> io.out((int) at, size, random.nextInt());
                case 2 ->
                        io.ins(
                                (int) at,
                                size,
                                1 + random.nextInt(16),
                                MemorySegment.ofArray(buffer),
                                0);
                default ->
                        io.outs(
                                (int) at,
                                size,
                                1 + random.nextInt(16),
                                MemorySegment.ofArray(buffer),
                                0);
            }
        }
    }

    private final class Log implements PcBoard.Listener {
        @Override
        public void resetRequested(String why) {
            events.add(why);
        }

        @Override
        public void powerOff() {
            events.add("off");
        }

        @Override
        public void debugExit(int code) {
            events.add("exit " + code);
        }
    }

    private final class NoProcessors implements VirtualMachine, LocalApics {
        @Override
        public GuestMemory memory() {
            return memory;
        }

        @Override
        public LocalApics localApics() {
            return this;
        }

        @Override
        public Vcpu createVcpu(int id) {
            throw new UnsupportedOperationException("No processors");
        }

        @Override
        public int cpuSignature() {
            return 0;
        }

        @Override
        public void close() {}

        @Override
        public void sendMsi(long address, int data) {}

        @Override
        public void route(int pin, boolean masked, long address, int data) {}

        @Override
        public void onEoi(EoiListener listener) {}

        @Override
        public void externalInterrupts(ExternalInterrupts source) {}

        @Override
        public LineSink intr() {
            return (pin, high) -> {};
        }
    }
}
