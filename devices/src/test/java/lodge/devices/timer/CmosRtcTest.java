package lodge.devices.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.bus.IrqLine;
import lodge.core.time.ManualClock;

import org.junit.jupiter.api.Test;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** After the Motorola MC146818A datasheet. */
class CmosRtcTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int A = 0x0a;
    private static final int B = 0x0b;
    private static final int C = 0x0c;

    private final List<Long> rises = new ArrayList<>();

    private ManualClock clock;
    private CmosRtc rtc = at("2026-11-22T17:14:58");

    private CmosRtc at(String time) {
        clock = new ManualClock(LocalDateTime.parse(time).toEpochSecond(ZoneOffset.UTC) * SECOND);
        rtc =
                new CmosRtc(
                        "rtc",
                        clock,
                        new IrqLine(
                                (pin, high) -> {
                                    if (high) {
                                        rises.add(clock.nanos());
                                    }
                                },
                                8));
        return rtc;
    }

    private int read(int index) {
        rtc.out(0, 1, index);
        return rtc.in(1, 1);
    }

    private void write(int index, int value) {
        rtc.out(0, 1, index);
        rtc.out(1, 1, value);
    }

    private String hex(int... indexes) {
        StringBuilder text = new StringBuilder();
        for (int index : indexes) {
            text.append("%02x ".formatted(read(index)));
        }
        return text.toString().strip();
    }

    private String date() {
        return hex(0x32, 9, 8, 7, 6, 4, 2, 0);
    }

    @Test
    void showsTheHostsDateInBcdAnd24Hours() {
        // 2026-11-22 is a Sunday, day 1 of the week.
        assertEquals("20 26 11 22 01 17 14 58", date());
        assertEquals(0x26, read(A));
        assertEquals(0x02, read(B));
        assertEquals(0x80, read(0x0d));
    }

    @Test
    void countsSecondsMinutesHoursDaysMonthsYearsAndCenturies() {
        at("1999-12-31T23:59:59");
        assertEquals("19 99 12 31 06 23 59 59", date());
        clock.advance(SECOND);
        assertEquals("20 00 01 01 07 00 00 00", date());
    }

    @Test
    void knowsLeapYears() {
        at("2024-02-28T23:59:59");
        clock.advance(SECOND);
        assertEquals("20 24 02 29 05 00 00 00", date());
        at("2100-02-28T23:59:59");
        clock.advance(SECOND);
        assertEquals("21 00 03 01 02 00 00 00", date());
    }

    @Test
    void agreesWithTheCalendarOfJava() {
        Random random = new Random(8);
        for (int i = 0; i < 2000; i++) {
            long second = random.nextLong(-6_000_000_000L, 8_900_000_000L);
            LocalDateTime java = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
            at(java.toString().length() == 16 ? java + ":00" : java.toString());
            assertEquals(
                    "%02d %02d %02d %02d %02d %02d %02d %02d"
                            .formatted(
                                    java.getYear() / 100,
                                    java.getYear() % 100,
                                    java.getMonthValue(),
                                    java.getDayOfMonth(),
                                    java.getDayOfWeek().getValue() % 7 + 1,
                                    java.getHour(),
                                    java.getMinute(),
                                    java.getSecond()),
                    date());
        }
    }

    @Test
    void showsBinaryWhenAsked() {
        write(B, 0x06);
        assertEquals("20 1a 0b 16 01 11 0e 3a", date());
    }

    @Test
    void shows12HoursWithPmInTheHighBit() {
        write(B, 0x00);
        assertEquals(0x85, read(4));
        at("2026-01-01T00:30:00");
        write(B, 0x00);
        assertEquals(0x12, read(4));
        at("2026-01-01T12:30:00");
        write(B, 0x04);
        assertEquals(0x80 | 12, read(4));
    }

    @Test
    void isSetWhileSetIsOneAndRunsOnAfterwards() {
        write(B, 0x82);
        write(0x32, 0x19);
        write(9, 0x85);
        write(8, 0x10);
        write(7, 0x26);
        write(6, 0x07);
        write(4, 0x01);
        write(2, 0x21);
        write(0, 0x00);
        clock.advance(10 * SECOND);
        assertEquals("19 85 10 26 07 01 21 00", date());
        write(B, 0x02);
        assertEquals("19 85 10 26 07 01 21 00", date());
        clock.advance(SECOND);
        assertEquals("19 85 10 26 07 01 21 01", date());
    }

    @Test
    void aSingleFieldCanBeSetWhileItRuns() {
        write(4, 0x03);
        clock.advance(2 * SECOND);
        assertEquals("20 26 11 22 01 03 15 00", date());
    }

    @Test
    void aYearBeyondTheRangeOfNanosecondsIsShown() {
        write(B, 0x82);
        write(0x32, 0x99);
        write(9, 0x99);
        write(B, 0x02);
        assertEquals("99 99 11 22 01 17 14 58", date());
    }

    @Test
    void updateInProgressComesBeforeEachUpdate() {
        assertEquals(0, read(A) & 0x80);
        clock.advance(SECOND - 2_228_001);
        assertEquals(0, read(A) & 0x80);
        clock.advance(1);
        assertEquals(0x80, read(A) & 0x80);
        assertEquals(0x58, read(0));
        clock.advance(2_228_000);
        assertEquals(0, read(A) & 0x80);
        assertEquals(0x59, read(0));
    }

    @Test
    void noUpdateIsInProgressWhileSetIsOne() {
        write(B, 0x82);
        clock.advance(SECOND - 1);
        assertEquals(0, read(A) & 0x80);
    }

    @Test
    void theFirstUpdateComesHalfASecondAfterTheDividerIsReleased() {
        clock.advance(123_456_789);
        write(A, 0x76);
        clock.advance(3 * SECOND);
        assertEquals(0x58, read(0));
        write(A, 0x26);
        clock.advance(SECOND / 2 - 1);
        assertEquals(0x58, read(0));
        clock.advance(1);
        assertEquals(0x59, read(0));
    }

    @Test
    void theUpdateEndedInterruptComesEverySecond() {
        write(B, 0x12);
        clock.advance(SECOND);
        assertEquals(List.of(SECOND), rises);
        assertEquals(0x90, read(C) & 0xb0);
        assertEquals(0, read(C));
        clock.advance(SECOND);
        assertEquals(List.of(SECOND, 2 * SECOND), rises);
    }

    @Test
    void anInterruptThatIsNotAcknowledgedIsNotRepeated() {
        write(B, 0x12);
        clock.advance(10 * SECOND);
        assertEquals(1, rises.size());
    }

    @Test
    void flagsAreSetWithoutInterruptsToo() {
        clock.advance(SECOND);
        assertEquals(0x50, read(C));
        assertEquals(List.of(), rises);
    }

    @Test
    void settingSetClearsTheUpdateInterruptEnable() {
        write(B, 0x92);
        assertEquals(0x82, read(B));
    }

    @Test
    void theAlarmComesAtItsTimeOfDay() {
        write(1, 0x30);
        write(3, 0x15);
        write(5, 0x17);
        write(B, 0x22);
        clock.advance(60 * SECOND);
        assertEquals(List.of(32 * SECOND), rises);
        assertEquals(0xa0, read(C) & 0xa0);
        clock.advance(86_400 * SECOND);
        assertEquals(List.of(32 * SECOND, 86_432 * SECOND), rises);
    }

    @Test
    void theAlarmIgnoresBytesThatDoNotCare() {
        write(1, 0x05);
        write(3, 0xff);
        write(5, 0xc0);
        write(B, 0x22);
        for (int i = 0; i < 3; i++) {
            clock.advance(60 * SECOND);
            read(C);
        }
        assertEquals(List.of(7 * SECOND, 67 * SECOND, 127 * SECOND), rises);
    }

    @Test
    void anAlarmThatIsNoTimeNeverComes() {
        write(1, 0x7f);
        write(B, 0x22);
        clock.advance(200_000 * SECOND);
        assertEquals(List.of(), rises);
    }

    @Test
    void theAlarmFlagIsSetEvenWhenNobodyLookedForDays() {
        write(1, 0x00);
        write(3, 0x00);
        write(5, 0x06);
        read(C);
        clock.advance(5 * 86_400 * SECOND);
        assertEquals(0x20, read(C) & 0x20);
    }

    @Test
    void periodicInterruptsComeAtTheirRate() {
        int[] hertz = {0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2};
        for (int rate = 1; rate < 16; rate++) {
            at("2026-01-01T00:00:00");
            rises.clear();
            write(A, 0x20 | rate);
            write(B, 0x42);
            // Acknowledge each one before the next.
            long half = SECOND / hertz[rate] / 2;
            while (clock.nanos() < SECOND) {
                clock.advance(Math.min(half, SECOND - clock.nanos()));
                read(C);
            }
            assertEquals(hertz[rate], rises.size(), "rate " + rate);
        }
    }

    @Test
    void rateZeroHasNoPeriodicInterrupt() {
        write(A, 0x20);
        write(B, 0x42);
        clock.advance(SECOND);
        assertEquals(List.of(), rises);
    }

    @Test
    void registersCAndDAreReadOnly() {
        write(C, 0xff);
        write(0x0d, 0x00);
        assertEquals(0, read(C));
        assertEquals(0x80, read(0x0d));
    }

    @Test
    void theMemoryHoldsWhatTheBoardAndTheGuestPutThere() {
        rtc.nvram(0x15, 0x80);
        rtc.nvram(0x5f, 3);
        assertEquals(0x80, read(0x15));
        assertEquals(3, read(0x5f));
        write(0x7f, 0x5a);
        assertEquals(0x5a, rtc.nvram(0x7f));
        assertThrows(IllegalArgumentException.class, () -> rtc.nvram(0x32, 0x20));
        assertThrows(IllegalArgumentException.class, () -> rtc.nvram(0x0a, 0));
        assertThrows(IllegalArgumentException.class, () -> rtc.nvram(0x80, 0));
    }

    @Test
    void bit7OfTheIndexMasksTheNmi() {
        rtc.out(0, 1, 0x8f);
        assertTrue(rtc.nmiMasked());
        rtc.out(1, 1, 0x44);
        assertEquals(0x44, rtc.nvram(0x0f));
        rtc.out(0, 1, 0x0f);
        assertFalse(rtc.nmiMasked());
        assertEquals(0xff, rtc.in(0, 1));
    }

    @Test
    void resetClearsInterruptsAndKeepsTimeAndMemory() {
        write(0x0f, 0x05);
        write(4, 0x03);
        write(B, 0x7a);
        clock.advance(SECOND);
        rtc.reset();
        assertEquals(0x02, read(B));
        assertEquals(0, read(C));
        assertEquals(0x05, read(0x0f));
        assertEquals("20 26 11 22 01 03 14 59", date());
    }
}
