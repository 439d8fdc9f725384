package lodge.devices.timer;

/**
 * One counter of an 8254, by the datasheet's "Mode definitions". Times are cycles of its clock
 * input. While it counts, all is computed from {@link #start}, the cycle at which the counting
 * element took its count; while its gate is low, from the cycles that had passed then.
 */
final class PitChannel {
    private static final long NEVER = Long.MAX_VALUE;

    /** Longer than any machine runs, and far from overflow. */
    private static final long FAR = 1L << 60;

    private static final int LSB = 1;
    private static final int MSB = 2;
    private static final int NOTHING = -1;

    /**
     * The bits of the control word: 5:4 access, 3:1 mode, 0 BCD; access 0 before the first control
     * word.
     */
    private int control;

    private int count;
    private int writeLow;
    private boolean writeHighNext;
    private boolean readHighNext;
    private int latchedCount = NOTHING;
    private int latchedStatus = NOTHING;
    private boolean gate = true;

    /** A count was written since the control word. */
    private boolean loaded;

    /**
     * The counting element has been given its count: at once in modes 0, 2, 3 and 4, by the gate in
     * 1 and 5.
     */
    private boolean started;

    /**
     * When the counting element takes a new {@link #count}: -1 it has it, {@link #NEVER} at the
     * next trigger.
     */
    private long reloadAt = NOTHING;

    private int period = 0x10000;
    private long start;
    private long stoppedAfter = NOTHING;
    private long lastRise = NOTHING;

    private int mode() {
        int mode = control >> 1 & 7;
        return mode > 5 ? mode & 3 : mode;
    }

    private int access() {
        return control >> 4;
    }

    private boolean bcd() {
        return (control & 1) != 0;
    }

    private boolean periodic() {
        return mode() == 2 || mode() == 3;
    }

    private boolean triggered() {
        return mode() == 1 || mode() == 5;
    }

    void control(long now, int value) {
        boolean before = out(now);
        control = value;
        writeHighNext = false;
        readHighNext = false;
        latchedCount = NOTHING;
        latchedStatus = NOTHING;
        loaded = false;
        started = false;
        reloadAt = NOTHING;
        stoppedAfter = NOTHING;
        noteRise(before, now);
    }

    private void noteRise(boolean before, long now) {
        if (!before && out(now)) {
            lastRise = now;
        }
    }

    void write(long now, int value) {
        switch (access()) {
            case 0 -> {
                // No control word yet: nobody listens.
            }
            case LSB -> writeCount(now, value);
            case MSB -> writeCount(now, value << 8);
            default -> {
                if (writeHighNext) {
                    writeHighNext = false;
                    writeCount(now, value << 8 | writeLow);
                } else {
                    writeHighNext = true;
                    writeLow = value;
                    if (mode() == 0) {
                        // "Writing the first byte disables counting. OUT is set low immediately."
                        started = false;
                    }
                }
            }
        }
    }

    private void writeCount(long now, int value) {
        advance(now);
        count = value;
        if (triggered()) {
            reloadAt = NEVER;
        } else if (periodic() && started && now >= start) {
            // Mode 2 takes it at the end of the period, mode 3 at the end of the half period.
            int half = highCycles(period);
            boolean firstHalf = mode() == 3 && now - start < half;
            reloadAt = stoppedAfter >= 0 ? NEVER : start + (firstHalf ? half : period);
        } else {
            restart(now + 1);
        }
        loaded = true;
    }

    /**
     * Gives the counting element its count; it counts from that cycle on, or waits for the gate.
     */
    private void restart(long at) {
        period = decode(count);
        reloadAt = NOTHING;
        started = true;
        start = at;
        stoppedAfter = gate || triggered() ? NOTHING : 0;
    }

    void gate(long now, boolean high) {
        if (gate == high) {
            return;
        }
        advance(now);
        boolean before = out(now);
        gate = high;
        if (high && loaded && (triggered() || periodic())) {
            // A trigger: the count is taken on the next cycle.
            restart(now + 1);
        } else if (started && !triggered()) {
            if (high) {
                start = now - stoppedAfter;
                stoppedAfter = NOTHING;
            } else {
                stoppedAfter = Math.max(0, now - start);
            }
        }
        noteRise(before, now);
    }

    /** Cycles since the count was taken; negative in the cycle before. */
    private long elapsed(long now) {
        return stoppedAfter >= 0 ? stoppedAfter : now - start;
    }

    private int highCycles(int cycles) {
        return mode() == 2 ? cycles - 1 : cycles + 1 >> 1;
    }

    /** Brings the counter up to date: reloads that are due, and when OUT last rose. */
    void advance(long now) {
        if (!started || stoppedAfter >= 0) {
            return;
        }
        long elapsed = now - start;
        if (!periodic()) {
            long rise = start + period + (mode() >= 4 ? 1 : 0);
            if (rise <= now && rise > lastRise) {
                lastRise = rise;
            }
            return;
        }
        if (reloadAt >= 0 && reloadAt <= now) {
            if (mode() == 3 && reloadAt < start + period) {
                period = decode(count);
                start = reloadAt - highCycles(period);
            } else {
                period = decode(count);
                start = reloadAt;
                lastRise = start;
            }
            reloadAt = NOTHING;
            elapsed = now - start;
        }
        if (elapsed >= period) {
            // Keep start in the present period: the last rise is where it begins.
            start += elapsed - elapsed % period;
            lastRise = start;
        }
    }

    /** Returns OUT; the counter must be up to date. */
    boolean out(long now) {
        int mode = mode();
        if (access() == 0 || mode == 0 && !started) {
            return false;
        }
        if (!started) {
            return true;
        }
        long elapsed = elapsed(now);
        return switch (mode) {
            case 0 -> elapsed >= period;
            case 1 -> elapsed < 0 || elapsed >= period;
            case 2, 3 -> !gate || elapsed < 0 || elapsed % period < highCycles(period);
            default -> elapsed != period;
        };
    }

    /**
     * Returns the cycle at which OUT last rose, -1 if it never did; the counter must be up to date.
     */
    long lastRise() {
        return lastRise;
    }

    /**
     * Returns the next cycle at which the interrupt line has something to do, {@link
     * Long#MAX_VALUE} for never. The one low cycle of modes 2, 4 and 5 is not an event of its own.
     */
    long nextEdge(long now) {
        if (!started || stoppedAfter >= 0) {
            return NEVER;
        }
        long end = start + period;
        return switch (mode()) {
            case 0, 1 -> end > now ? end : NEVER;
            case 2 -> end;
            case 3 -> now < start + highCycles(period) ? start + highCycles(period) : end;
            default -> end + 1 > now ? end + 1 : NEVER;
        };
    }

    private int value(long now) {
        long elapsed = Math.max(0, elapsed(now));
        if (!started) {
            return count;
        }
        int modulus = bcd() ? 10_000 : 0x10000;
        long left;
        if (mode() == 3) {
            int even = period & ~1;
            long inPeriod = elapsed % period;
            int high = highCycles(period);
            left = even - 2 * (inPeriod < high ? inPeriod : inPeriod - high);
        } else if (mode() == 2) {
            left = period - elapsed % period;
        } else {
            left = Math.floorMod(period - elapsed, (long) modulus);
        }
        return encode((int) left % modulus);
    }

    void latchCount(long now) {
        if (latchedCount == NOTHING) {
            advance(now);
            latchedCount = value(now);
        }
    }

    void latchStatus(long now) {
        if (latchedStatus == NOTHING) {
            advance(now);
            boolean nullCount =
                    !loaded || reloadAt >= 0 || started && stoppedAfter < 0 && now < start;
            latchedStatus = (out(now) ? 0x80 : 0) | (nullCount ? 0x40 : 0) | control;
        }
    }

    int read(long now) {
        if (latchedStatus != NOTHING) {
            int status = latchedStatus;
            latchedStatus = NOTHING;
            return status;
        }
        advance(now);
        int value = latchedCount != NOTHING ? latchedCount : value(now);
        boolean high = access() == MSB || access() == 3 && readHighNext;
        if (access() == 3) {
            readHighNext = !readHighNext;
        }
        if (high || access() != 3) {
            latchedCount = NOTHING;
        }
        return (high ? value >>> 8 : value) & 0xff;
    }

    /** The cycles of a count as written; 0 is the largest. */
    private int decode(int written) {
        if (!bcd()) {
            return written == 0 ? 0x10000 : written;
        }
        int value =
                (written >> 12) * 1000
                        + (written >> 8 & 15) * 100
                        + (written >> 4 & 15) * 10
                        + (written & 15);
        return value == 0 ? 10_000 : value;
    }

    private int encode(int value) {
        return bcd()
                ? value / 1000 % 10 << 12
                        | value / 100 % 10 << 8
                        | value / 10 % 10 << 4
                        | value % 10
                : value;
    }

    void reset() {
        control = 0;
        count = 0;
        writeLow = 0;
        writeHighNext = false;
        readHighNext = false;
        latchedCount = NOTHING;
        latchedStatus = NOTHING;
        gate = true;
        loaded = false;
        started = false;
        reloadAt = NOTHING;
        period = 0x10000;
        start = 0;
        stoppedAfter = NOTHING;
        lastRise = NOTHING;
    }

    Pit8254.Counter save() {
        return new Pit8254.Counter(
                control,
                count,
                writeLow,
                writeHighNext,
                readHighNext,
                latchedCount,
                latchedStatus,
                gate,
                loaded,
                started,
                reloadAt,
                period,
                start,
                stoppedAfter,
                lastRise);
    }

    void load(Pit8254.Counter state) {
        control = state.control() & 0x3f;
        count = state.count() & 0xffff;
        writeLow = state.writeLow() & 0xff;
        writeHighNext = state.writeHighNext();
        readHighNext = state.readHighNext();
        latchedCount = state.latchedCount() < 0 ? NOTHING : state.latchedCount() & 0xffff;
        latchedStatus = state.latchedStatus() < 0 ? NOTHING : state.latchedStatus() & 0xff;
        gate = state.gate();
        loaded = state.loaded();
        started = state.started();
        reloadAt = Math.max(NOTHING, state.reloadAt());
        period = Math.clamp(state.period(), 1, 0x10000);
        start = Math.clamp(state.start(), -FAR, FAR);
        stoppedAfter = Math.clamp(state.stoppedAfter(), NOTHING, FAR);
        lastRise = Math.clamp(state.lastRise(), NOTHING, FAR);
    }
}
