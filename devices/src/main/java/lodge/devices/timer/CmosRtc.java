package lodge.devices.timer;

import lodge.core.bus.IrqLine;
import lodge.core.bus.PortDevice;
import lodge.core.device.Counters;
import lodge.core.device.Device;
import lodge.core.time.MachineClock;

/**
 * The real-time clock with its battery-backed memory: a Motorola MC146818A (datasheet ADI1132) with
 * 128 bytes, as in the PIIX (Intel 82371AB, 4.2.7), at ports 0x70 and 0x71. It runs in UTC, from
 * the machine clock and the host's date when the machine was made.
 *
 * <p>Emulated: date and time in BCD or binary and 12 or 24 hours, SET, update in progress, alarm
 * with its "don't care" codes, all periodic rates of a 32 768 Hz crystal, update-ended interrupt,
 * register C cleared by reading, the divider chain (the first update comes half a second after it
 * is released), the NMI mask in bit 7 of port 0x70. Byte 0x32 is the century, always BCD as PC
 * firmware has it, and counts with the date. Not emulated: daylight saving, the square wave pin,
 * crystals other than 32 768 Hz (the clock stands still), and dates that do not exist (they are
 * read back as the nearest that follows).
 *
 * <p>No time is counted: it is computed from {@link MachineClock} and an offset, and so are the
 * flags of register C. A timer is armed only while an enabled interrupt is yet to come; periodic
 * interrupts that nobody acknowledges are lost, as on the chip.
 *
 * <p>{@link #reset} is the chip's RESET pin: the time, the memory and registers A and D survive it,
 * for they are what the battery is for. Firmware keeps the reason of a restart there.
 */
public final class CmosRtc implements Device<CmosRtc.State>, PortDevice {
    private static final int SECONDS = 0x00;
    private static final int SECONDS_ALARM = 0x01;
    private static final int MINUTES = 0x02;
    private static final int MINUTES_ALARM = 0x03;
    private static final int HOURS = 0x04;
    private static final int HOURS_ALARM = 0x05;
    private static final int DAY_OF_WEEK = 0x06;
    private static final int DAY = 0x07;
    private static final int MONTH = 0x08;
    private static final int YEAR = 0x09;
    private static final int A = 0x0a;
    private static final int B = 0x0b;
    private static final int C = 0x0c;
    private static final int D = 0x0d;
    private static final int CENTURY = 0x32;

    private static final int A_UIP = 0x80;
    private static final int A_DIVIDER = 0x70;
    private static final int A_RUNNING = 0x20;
    private static final int A_RATE = 0x0f;
    private static final int B_SET = 0x80;
    private static final int B_BINARY = 0x04;
    private static final int B_24H = 0x02;
    private static final int B_SQWE = 0x08;
    private static final int C_IRQF = 0x80;
    private static final int PERIODIC = 0x40;
    private static final int ALARM = 0x20;
    private static final int UPDATE = 0x10;
    private static final int INTERRUPTS = PERIODIC | ALARM | UPDATE;
    private static final int D_VALID = 0x80;

    private static final int PM = 0x80;
    private static final int DONT_CARE = 0xc0;

    private static final long SECOND = 1_000_000_000L;
    private static final long HALF_SECOND = SECOND / 2;
    private static final int DAY_SECONDS = 86_400;

    /** The update cycle takes 1984 microseconds, and UIP is set 244 microseconds before it. */
    private static final long UIP_NANOS = 2_228_000;

    private static final Oscillator CRYSTAL = new Oscillator(32_768);
    private static final long NEVER = Long.MAX_VALUE;

    /** Beyond any date the chip can show, and far from overflow. */
    private static final long FAR_SECONDS = 1L << 40;

    private final String name;
    private final Counters counters = new Counters();
    private final MachineClock clock;
    private final MachineClock.Timer timer;
    private final IrqLine irq8;
    private final byte[] ram = new byte[128];
    private int index;
    private boolean nmiMasked;
    private int flags;

    /** Seconds since 1970-01-01 that the chip shows when {@link #time} is 0. */
    private long baseSecond;

    /** How far the divider chain was in its second when machine time was 0, in nanoseconds. */
    private long phase;

    private int weekdayShift;
    private long seen;

    /**
     * The state of the chip.
     *
     * @param ram the 128 bytes; the date and time in it are those of the moment when the clock was
     *     last stopped
     * @param index the selected byte, 0 to 127
     * @param nmiMasked bit 7 of port 0x70
     * @param flags bits 6:4 of register C
     * @param baseSecond seconds since 1970-01-01T00:00 that the chip shows at its own time 0
     * @param phase nanoseconds between the chip's own time 0 and machine time 0, less than a second
     * @param weekdayShift by how many days the guest set the day of week off the calendar, 0 to 6
     * @param seen the chip's own time in nanoseconds up to which the flags are up to date
     */
    public record State(
            byte[] ram,
            int index,
            boolean nmiMasked,
            int flags,
            long baseSecond,
            long phase,
            int weekdayShift,
            long seen) {}

    /**
     * A clock that shows the time of the machine clock, in BCD and 24 hours, with an otherwise
     * empty memory.
     *
     * @param name the device's name
     * @param clock the machine's time
     * @param irq8 the interrupt wire
     */
    public CmosRtc(String name, MachineClock clock, IrqLine irq8) {
        this.name = name;
        this.clock = clock;
        this.irq8 = irq8;
        timer = clock.timer(this::expired);
        baseSecond = Math.floorDiv(clock.epochNanosAtStart(), SECOND);
        phase = Math.floorMod(clock.epochNanosAtStart(), SECOND);
        ram[A] = 0x26;
        ram[B] = B_24H;
        seen = time();
    }

    /**
     * Presets a byte of the memory, as a factory or a setup program would.
     *
     * @param at 0x0e to 0x7f, but not 0x32 (the century)
     * @param value the byte; higher bits are ignored
     */
    public synchronized void nvram(int at, int value) {
        if (at <= D || at >= ram.length || at == CENTURY) {
            throw new IllegalArgumentException(
                    "CMOS byte 0x%x is not free memory; it is 0x0e to 0x7f".formatted(at));
        }
        ram[at] = (byte) value;
    }

    /**
     * Reads a byte of the memory without any side effect.
     *
     * @param at 0x0e to 0x7f
     * @return 0 to 255
     */
    public synchronized int nvram(int at) {
        return ram[at & 0x7f] & 0xff;
    }

    /** Returns whether the guest has masked the non-maskable interrupt (bit 7 of port 0x70). */
    public synchronized boolean nmiMasked() {
        return nmiMasked;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Counters counters() {
        return counters;
    }

    @Override
    public int in(int offset, int size) {
        // The index register is write-only: the bus floats.
        return (offset & 1) == 0 ? 0xff : read(index);
    }

    @Override
    public void out(int offset, int size, int value) {
        if ((offset & 1) == 0) {
            index = value & 0x7f;
            nmiMasked = (value & 0x80) != 0;
        } else {
            write(index, value & 0xff);
        }
    }

    private int read(int at) {
        return switch (at) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY ->
                    running() ? shown(at, time()) : ram[at] & 0xff;
            case A -> ram[A] & 0xff | (updateInProgress() ? A_UIP : 0);
            case C -> {
                update();
                int value = flags | (irq8.high() ? C_IRQF : 0);
                flags = 0;
                update();
                yield value;
            }
            case D -> D_VALID;
            default -> ram[at] & 0xff;
        };
    }

    private void write(int at, int value) {
        switch (at) {
            case SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY, MONTH, YEAR, CENTURY -> {
                update();
                long now = time();
                boolean running = running();
                if (running) {
                    freeze(now);
                }
                ram[at] = (byte) value;
                if (running) {
                    thaw(now % SECOND);
                }
            }
            case SECONDS_ALARM, MINUTES_ALARM, HOURS_ALARM -> {
                update();
                ram[at] = (byte) value;
            }
            case A -> control(value & ~A_UIP, ram[B] & 0xff);
            case B -> control(ram[A] & 0xff, value);
            case C, D -> {
                // Read-only.
            }
            default -> ram[at] = (byte) value;
        }
        if (at < A) {
            update();
        }
    }

    /** Changes registers A and B; stops or starts the clock where they say so. */
    private void control(int newA, int newB) {
        update();
        long now = time();
        boolean wasRunning = running();
        boolean dividerWasRunning = (ram[A] & A_DIVIDER) == A_RUNNING;
        if (wasRunning) {
            freeze(now);
        }
        boolean formatChanged = ((ram[B] ^ newB) & (B_BINARY | B_24H)) != 0;
        ram[A] = (byte) newA;
        // "SET = 1 clears UIE."
        ram[B] = (byte) ((newB & B_SET) != 0 ? newB & ~UPDATE : newB);
        if (wasRunning && formatChanged) {
            // While the clock runs it shows the same time in the new format; a stopped one keeps
            // its bytes.
            freeze(now);
        }
        long fraction = dividerWasRunning ? now % SECOND : HALF_SECOND;
        if (running() && !wasRunning) {
            thaw(fraction);
        } else if (!running()) {
            setPhase(fraction);
        }
        update();
    }

    private boolean running() {
        return (ram[B] & B_SET) == 0 && (ram[A] & A_DIVIDER) == A_RUNNING;
    }

    private boolean updateInProgress() {
        return running() && time() % SECOND >= SECOND - UIP_NANOS;
    }

    /**
     * The chip's own time in nanoseconds, not negative: its fraction of a second is where the
     * divider chain is, and {@link #baseSecond} plus its seconds is what the chip shows. (A date in
     * nanoseconds would overflow in the year 2262.)
     */
    private long time() {
        return clock.nanos() + phase;
    }

    /** Moves the divider chain to a fraction of the second; the date shown becomes meaningless. */
    private void setPhase(long fraction) {
        phase = Math.floorMod(fraction - clock.nanos(), SECOND);
        seen = time();
    }

    /**
     * Copies the running date and time to the memory, where they stay while the clock is stopped.
     */
    private void freeze(long now) {
        for (int at = SECONDS; at <= HOURS; at += 2) {
            ram[at] = (byte) shown(at, now);
        }
        for (int at = DAY_OF_WEEK; at <= YEAR; at++) {
            ram[at] = (byte) shown(at, now);
        }
        ram[CENTURY] = (byte) shown(CENTURY, now);
    }

    /** Starts the clock with the date and time in memory. */
    private void thaw(long fraction) {
        int year = Math.min(bcd(ram[CENTURY] & 0xff), 99) * 100 + Math.min(number(ram[YEAR]), 99);
        int month = Math.clamp(number(ram[MONTH]), 1, 12);
        long days = daysOf(year, month, Math.clamp(number(ram[DAY]), 1, 31));
        long second =
                hour(ram[HOURS]) * 3600L
                        + Math.min(number(ram[MINUTES]), 59) * 60L
                        + Math.min(number(ram[SECONDS]), 59);
        weekdayShift = Math.floorMod(number(ram[DAY_OF_WEEK]) - 1 - weekday(days), 7);
        setPhase(fraction);
        baseSecond = days * DAY_SECONDS + second - time() / SECOND;
    }

    private int shown(int at, long now) {
        long seconds = baseSecond + now / SECOND;
        long days = Math.floorDiv(seconds, DAY_SECONDS);
        int ofDay = Math.floorMod(seconds, DAY_SECONDS);
        return switch (at) {
            case SECONDS -> coded(ofDay % 60);
            case MINUTES -> coded(ofDay / 60 % 60);
            case HOURS -> codedHour(ofDay / 3600);
            case DAY_OF_WEEK -> coded((weekday(days) + weekdayShift) % 7 + 1);
            case DAY -> coded((int) (date(days) & 0xff));
            case MONTH -> coded((int) (date(days) >> 8 & 0xff));
            case YEAR -> coded((int) Math.floorMod(date(days) >> 16, 100L));
            default -> toBcd((int) Math.floorMod(Math.floorDiv(date(days) >> 16, 100L), 100L));
        };
    }

    /**
     * Brings the flags up to now, sets the interrupt line, and arms the timer for what is to come.
     */
    private void update() {
        long now = time();
        int enabled = ram[B] & INTERRUPTS;
        if (now > seen) {
            if (nextPeriodic(seen) <= now) {
                flags |= PERIODIC;
            }
            if (nextSecond(seen) <= now) {
                flags |= UPDATE;
            }
            if (nextAlarm(seen) <= now) {
                flags |= ALARM;
            }
            seen = now;
        }
        irq8.set((flags & enabled) != 0);
        if (enabled == 0 || irq8.high()) {
            timer.cancel();
            return;
        }
        long next = (enabled & PERIODIC) != 0 ? nextPeriodic(now) : NEVER;
        next = Math.min(next, (enabled & UPDATE) != 0 ? nextSecond(now) : NEVER);
        next = Math.min(next, (enabled & ALARM) != 0 ? nextAlarm(now) : NEVER);
        if (next == NEVER) {
            timer.cancel();
        } else {
            timer.arm(next - phase);
        }
    }

    private synchronized void expired() {
        update();
    }

    /**
     * The next cycle of the periodic rate after a time. Rates 1 and 2 are those of rates 8 and 9.
     */
    private long nextPeriodic(long after) {
        int rate = ram[A] & A_RATE;
        if (rate == 0 || (ram[A] & A_DIVIDER) != A_RUNNING) {
            return NEVER;
        }
        int shift = rate <= 2 ? rate + 6 : rate - 1;
        // The divider chain is in phase with the seconds, of which one holds 32 768 cycles.
        long second = after / SECOND;
        long cycle = (CRYSTAL.cycles(after - second * SECOND) >> shift) + 1 << shift;
        return second * SECOND + CRYSTAL.nanos(cycle);
    }

    private long nextSecond(long after) {
        return running() ? (after / SECOND + 1) * SECOND : NEVER;
    }

    /**
     * The next second after a time that the alarm bytes match; {@link #NEVER} when they hold no
     * time of day.
     */
    private long nextAlarm(long after) {
        if (!running()) {
            return NEVER;
        }
        long first = after / SECOND + 1;
        long midnight = first - Math.floorMod(baseSecond + first, DAY_SECONDS);
        int from = (int) (first - midnight);
        int at = alarmOfDay(from);
        if (at < 0) {
            midnight += DAY_SECONDS;
            at = alarmOfDay(0);
        }
        return at < 0 ? NEVER : (midnight + at) * SECOND;
    }

    private int alarmOfDay(int from) {
        int hours = ram[HOURS_ALARM] & 0xff;
        int minutes = ram[MINUTES_ALARM] & 0xff;
        int seconds = ram[SECONDS_ALARM] & 0xff;
        int at = from;
        while (at < DAY_SECONDS) {
            if (hours < DONT_CARE && hours != codedHour(at / 3600)) {
                at = (at / 3600 + 1) * 3600;
            } else if (minutes < DONT_CARE && minutes != coded(at / 60 % 60)) {
                at = (at / 60 + 1) * 60;
            } else if (seconds < DONT_CARE && seconds != coded(at % 60)) {
                at++;
            } else {
                return at;
            }
        }
        return -1;
    }

    private int coded(int value) {
        return (ram[B] & B_BINARY) != 0 ? value : toBcd(value);
    }

    private int codedHour(int hour) {
        if ((ram[B] & B_24H) != 0) {
            return coded(hour);
        }
        return coded((hour + 11) % 12 + 1) | (hour >= 12 ? PM : 0);
    }

    private int number(int coded) {
        return (ram[B] & B_BINARY) != 0 ? coded & 0xff : bcd(coded & 0xff);
    }

    private int hour(int coded) {
        if ((ram[B] & B_24H) != 0) {
            return Math.min(number(coded), 23);
        }
        return number(coded & 0x7f) % 12 + ((coded & PM) != 0 ? 12 : 0);
    }

    private static int toBcd(int value) {
        return value / 10 << 4 | value % 10;
    }

    private static int bcd(int coded) {
        return (coded >> 4) * 10 + (coded & 15);
    }

    private static int weekday(long days) {
        // 1970-01-01 was a Thursday; Sunday is 0.
        return (int) Math.floorMod(days + 4, 7L);
    }

    /**
     * Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in
     * March.
     */
    private static long daysOf(int year, int month, int day) {
        int monthFromMarch = (month + 9) % 12;
        long marchYear = month <= 2 ? year - 1L : year;
        long leapDays =
                Math.floorDiv(marchYear, 4L)
                        - Math.floorDiv(marchYear, 100L)
                        + Math.floorDiv(marchYear, 400L);
        return marchYear * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468;
    }

    /** The date of a day since 1970-01-01: year in bits 63:16, month in 15:8, day in 7:0. */
    private static long date(long days) {
        long fromMarch0 = days + 719_468;
        long era = Math.floorDiv(fromMarch0, 146_097L);
        int ofEra = (int) Math.floorMod(fromMarch0, 146_097L);
        int yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int monthFromMarch = (5 * ofYear + 2) / 153;
        int day = ofYear - (153 * monthFromMarch + 2) / 5 + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        long year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
        return year << 16 | month << 8 | day;
    }

    /**
     * The RESET pin: clears the interrupt enables and flags and the square wave; all else has a
     * battery.
     */
    @Override
    public synchronized void reset() {
        ram[B] = (byte) (ram[B] & ~(INTERRUPTS | B_SQWE));
        index = 0;
        nmiMasked = false;
        update();
        flags = 0;
        update();
    }

    @Override
    public synchronized State save() {
        update();
        return new State(
                ram.clone(), index, nmiMasked, flags, baseSecond, phase, weekdayShift, seen);
    }

    @Override
    public synchronized void load(State state) {
        java.util.Arrays.fill(ram, (byte) 0);
        System.arraycopy(state.ram, 0, ram, 0, Math.min(ram.length, state.ram.length));
        ram[A] = (byte) (ram[A] & ~A_UIP);
        index = state.index & 0x7f;
        nmiMasked = state.nmiMasked;
        flags = state.flags & INTERRUPTS;
        baseSecond = Math.clamp(state.baseSecond, -FAR_SECONDS, FAR_SECONDS);
        phase = Math.clamp(state.phase, 0, SECOND - 1);
        weekdayShift = Math.floorMod(state.weekdayShift, 7);
        seen = Math.clamp(state.seen, 0, Long.MAX_VALUE / 2);
        update();
    }
}
