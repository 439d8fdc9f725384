package lodge.devices;

import lodge.core.bus.IoSpace;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * Random accesses to what a bench claims, and to a margin around it. The same seed makes the same
 * accesses. The last ones are remembered for the message of a failure.
 */
final class Fuzzer {
    private static final int MARGIN = 8;
    private static final int REMEMBERED = 64;
    private static final int BURST = 24;

    private final Rig rig;
    private final String bench;
    private final long seed;
    private final SplittableRandom random;
    private final MemorySegment buffer = Arena.ofAuto().allocate(BURST * 4, 8);
    private final String[] kinds = {"in", "out", "ins", "outs", "read", "write"};
    private final int[] kind = new int[REMEMBERED];
    private final long[] address = new long[REMEMBERED];
    private final int[] size = new int[REMEMBERED];
    private final long[] value = new long[REMEMBERED];
    private long done;

    Fuzzer(AllDevices.Bench bench, Rig rig, long seed) {
        this.bench = bench.name();
        this.rig = rig;
        this.seed = seed;
        random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    /** One access; returns what a read gave, 0 for a write. Allocates nothing. */
    long access() {
        Rig.Range range = rig.ranges.get(random.nextInt(rig.ranges.size()));
        // Most registers are near the start of a long range.
        long span = random.nextInt(4) == 0 ? range.count() : Math.min(range.count(), 64);
        int margin = random.nextInt(8) == 0 ? MARGIN : 0;
        long at = range.first() - margin + random.nextLong(span + 2 * margin);
        int bytes = 1 << random.nextInt(range.port() ? 3 : 4);
        long data = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(256);
        int what;
        if (range.port()) {
            what = random.nextInt(64) == 0 ? 2 + random.nextInt(2) : random.nextInt(2);
        } else {
            what = 4 + random.nextInt(2);
        }
        int slot = (int) (done++ % REMEMBERED);
        kind[slot] = what;
        address[slot] = at;
        size[slot] = bytes;
        value[slot] = data;
        long result = perform(rig.io, what, at, bytes, data);
        if (what == 0 || what == 4) {
            value[slot] = result;
        }
        return result;
    }

    private long perform(IoSpace io, int what, long at, int bytes, long data) {
        int port = (int) at & 0xffff;
        int count = 1 + (int) (data & 15);
        switch (what) {
            case 0 -> {
                return io.in(port, bytes);
            }
            case 1 -> io.out(port, bytes, (int) data);
            case 2 -> io.ins(port, bytes, count, buffer, 0);
            case 3 -> io.outs(port, bytes, count, buffer, 0);
            case 4 -> {
                return io.read(at, bytes);
            }
            default -> io.write(at, bytes, data);
        }
        return 0;
    }

    /** Lets time pass and the host's side act. */
    void interlude() {
        rig.stimulate(random);
        rig.clock.advance(
                random.nextInt(8) == 0
                        ? random.nextLong(2_000_000_000L)
                        : random.nextLong(300_000));
    }

    /** What to add to a failure's message. */
    String trace() {
        StringBuilder text = new StringBuilder();
        text.append("To replay it on every run, add to seeds.txt: ")
                .append(bench)
                .append(' ')
                .append(seed);
        text.append("\nAfter ").append(done).append(" accesses; the last ones:");
        for (long i = Math.max(0, done - REMEMBERED); i < done; i++) {
            int slot = (int) (i % REMEMBERED);
            text.append(
                    "\n  %-5s 0x%x size %d value 0x%x"
                            .formatted(kinds[kind[slot]], address[slot], size[slot], value[slot]));
        }
        return text.toString();
    }
}
