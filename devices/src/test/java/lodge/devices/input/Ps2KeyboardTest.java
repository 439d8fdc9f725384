package lodge.devices.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

/** After the Microsoft Keyboard Scan Code Specification and the IBM PS/2 technical reference. */
class Ps2KeyboardTest {
    private final Ps2Bench bench = new Ps2Bench();
    private final Ps2Keyboard keyboard = bench.keyboard;

    private String answer(int... bytes) {
        StringBuilder text = new StringBuilder();
        for (int value : bytes) {
            bench.data(value);
            text.append(bench.readAll()).append(' ');
        }
        return text.toString().strip();
    }

    private void raw() {
        bench.command(0x60, 0x00);
    }

    private String stroke(Key... keys) {
        for (Key key : keys) {
            keyboard.press(key);
        }
        for (int i = keys.length - 1; i >= 0; i--) {
            keyboard.release(keys[i]);
        }
        return bench.readAll();
    }

    @Test
    void resetAnswersWithTheSelfTest() {
        assertEquals("fa aa", answer(0xff));
    }

    @Test
    void echoAnswersItself() {
        assertEquals("ee", answer(0xee));
    }

    @Test
    void identifiesItselfAsAnMf2Keyboard() {
        raw();
        assertEquals("fa ab 83", answer(0xf2));
        bench.command(0x60, 0x40);
        assertEquals("fa ab 41", answer(0xf2));
    }

    @Test
    void theLampsFollowTheGuest() {
        assertEquals("fa fa", answer(0xed, 0x05));
        assertEquals(5, keyboard.leds());
    }

    @Test
    void aCommandInsteadOfAParameterIsACommand() {
        assertEquals("fa fa", answer(0xed, 0xf4));
        assertEquals(0, keyboard.leds());
    }

    @Test
    void typematicRateAndDelayAreAccepted() {
        assertEquals("fa fa", answer(0xf3, 0x20));
    }

    @Test
    void unknownCommandsAreAskedForAgain() {
        assertEquals("fe", answer(0xef));
        assertEquals("fe", answer(0x12));
    }

    @Test
    void resendSendsTheLastByteAgain() {
        assertEquals("ee", answer(0xee));
        assertEquals("ee", answer(0xfe));
    }

    @Test
    void theScanCodeSetIsChosenAndTold() {
        raw();
        assertEquals("fa fa 02", answer(0xf0, 0x00));
        assertEquals("fa fa", answer(0xf0, 0x01));
        assertEquals("1e 9e", stroke(Key.A));
        assertEquals("e0 4b e0 cb", stroke(Key.LEFT));
        assertEquals("fa fa", answer(0xf0, 0x03));
        assertEquals("1c f0 1c", stroke(Key.A));
        assertEquals("61 f0 61", stroke(Key.LEFT));
        assertEquals("fa fe", answer(0xf0, 0x09));
        assertEquals("fa", answer(0x02));
        assertEquals("e0 6b e0 f0 6b", stroke(Key.LEFT));
    }

    @Test
    void disabledItReportsNoKeys() {
        assertEquals("fa", answer(0xf5));
        assertEquals("", stroke(Key.A));
        assertEquals("fa", answer(0xf4));
        assertEquals("1e 9e", stroke(Key.A));
    }

    @Test
    void defaultsBringBackSet2() {
        raw();
        answer(0xf0, 0x03);
        assertEquals("fa", answer(0xf6));
        assertEquals("fa fa 02", answer(0xf0, 0x00));
    }

    @Test
    void keyTypesOfSet3AreAcknowledged() {
        assertEquals("fa", answer(0xf8));
        assertEquals("fa fa fa fa", answer(0xfc, 0x1c, 0x32, 0xf4));
    }

    @Test
    void pauseSendsItsReleaseAtOnce() {
        assertEquals("e1 1d 45 e1 9d c5", stroke(Key.PAUSE));
        raw();
        assertEquals("e1 14 77 e1 f0 14 f0 77", stroke(Key.PAUSE));
        assertEquals("14 e0 7e e0 f0 7e f0 14", stroke(Key.LEFT_CONTROL, Key.PAUSE));
    }

    @Test
    void printScreenDependsOnTheKeysHeld() {
        raw();
        assertEquals("e0 12 e0 7c e0 f0 7c e0 f0 12", stroke(Key.PRINT_SCREEN));
        assertEquals("12 e0 7c e0 f0 7c f0 12", stroke(Key.LEFT_SHIFT, Key.PRINT_SCREEN));
        assertEquals("11 84 f0 84 f0 11", stroke(Key.LEFT_ALT, Key.PRINT_SCREEN));
    }

    @Test
    void aKeyPressedAgainRepeatsAndAKeyNotHeldIsNotReleased() {
        keyboard.press(Key.A);
        keyboard.press(Key.A);
        keyboard.release(Key.A);
        keyboard.release(Key.A);
        assertEquals("1e 1e 9e", bench.readAll());
    }

    @Test
    void keysThatNobodyFetchesAreBoundedAndNoKeyGetsStuck() {
        assertTrue(keyboard.press(Key.LEFT_SHIFT));
        int taken = 0;
        for (int i = 0; i < 1000; i++) {
            taken += keyboard.press(Key.A) ? 1 : 0;
        }
        assertTrue(taken > 16 && taken < 128, "taken: " + taken);
        assertFalse(keyboard.press(Key.B));
        assertTrue(keyboard.release(Key.A));
        assertTrue(keyboard.release(Key.LEFT_SHIFT));
        assertTrue(bench.readAll().endsWith("9e aa"));
        assertTrue(keyboard.press(Key.B));
    }

    @Test
    void everyKeyHasItsOwnCodesInEverySet() {
        raw();
        for (int set = 1; set <= 3; set++) {
            answer(0xf0, set);
            Set<String> codes = new HashSet<>();
            for (Key key : Key.values()) {
                String text = stroke(key);
                assertFalse(text.isEmpty(), key.toString());
                assertTrue(codes.add(text), key + " sends what another key sends in set " + set);
            }
        }
    }

    @Test
    void set1OfTheKeyboardIsWhatTranslationMakesOfSet2() {
        for (Key key : Key.values()) {
            bench.command(0x60, 0x40);
            answer(0xf0, 0x02);
            String translated = stroke(key);
            raw();
            answer(0xf0, 0x01);
            assertEquals(translated, stroke(key), key.toString());
        }
    }

    /** The codes of the first PC's 83 keys counted through the rows of its keyboard. */
    @Test
    void set1CountsThroughTheKeyboardOfTheFirstPc() {
        Key[] first = {
            Key.ESCAPE,
            Key.DIGIT_1,
            Key.DIGIT_2,
            Key.DIGIT_3,
            Key.DIGIT_4,
            Key.DIGIT_5,
            Key.DIGIT_6,
            Key.DIGIT_7,
            Key.DIGIT_8,
            Key.DIGIT_9,
            Key.DIGIT_0,
            Key.MINUS,
            Key.EQUAL,
            Key.BACKSPACE,
            Key.TAB,
            Key.Q,
            Key.W,
            Key.E,
            Key.R,
            Key.T,
            Key.Y,
            Key.U,
            Key.I,
            Key.O,
            Key.P,
            Key.LEFT_BRACKET,
            Key.RIGHT_BRACKET,
            Key.ENTER,
            Key.LEFT_CONTROL,
            Key.A,
            Key.S,
            Key.D,
            Key.F,
            Key.G,
            Key.H,
            Key.J,
            Key.K,
            Key.L,
            Key.SEMICOLON,
            Key.APOSTROPHE,
            Key.GRAVE,
            Key.LEFT_SHIFT,
            Key.BACKSLASH,
            Key.Z,
            Key.X,
            Key.C,
            Key.V,
            Key.B,
            Key.N,
            Key.M,
            Key.COMMA,
            Key.PERIOD,
            Key.SLASH,
            Key.RIGHT_SHIFT,
            Key.KEYPAD_ASTERISK,
            Key.LEFT_ALT,
            Key.SPACE,
            Key.CAPS_LOCK,
            Key.F1,
            Key.F2,
            Key.F3,
            Key.F4,
            Key.F5,
            Key.F6,
            Key.F7,
            Key.F8,
            Key.F9,
            Key.F10,
            Key.NUM_LOCK,
            Key.SCROLL_LOCK,
            Key.KEYPAD_7,
            Key.KEYPAD_8,
            Key.KEYPAD_9,
            Key.KEYPAD_MINUS,
            Key.KEYPAD_4,
            Key.KEYPAD_5,
            Key.KEYPAD_6,
            Key.KEYPAD_PLUS,
            Key.KEYPAD_1,
            Key.KEYPAD_2,
            Key.KEYPAD_3,
            Key.KEYPAD_0,
            Key.KEYPAD_PERIOD
        };
        for (int i = 0; i < first.length; i++) {
            assertEquals(
                    "%02x %02x".formatted(i + 1, i + 0x81), stroke(first[i]), first[i].toString());
        }
    }

    @Test
    void usagesAreFoundAgain() {
        for (Key key : Key.values()) {
            assertEquals(key, Key.ofUsage(key.usage()));
        }
        assertNull(Key.ofUsage(0));
        assertNull(Key.ofUsage(-1));
        assertNull(Key.ofUsage(999));
    }

    @Test
    void everyPrintableCharacterHasAKey() {
        Set<String> strokes = new HashSet<>();
        for (char c = ' '; c < 0x7f; c++) {
            assertNotNull(KeyMap.key(c), "character " + c);
            assertTrue(strokes.add(KeyMap.key(c) + " " + KeyMap.shifted(c)), "character " + c);
        }
        assertNull(KeyMap.key('\u00e4'));
    }

    @Test
    void theTypistTypesWithShiftAndWaitsForTheGuest() {
        Typist typist = new Typist(keyboard, bench.clock);
        typist.type("aB\n");
        StringBuilder codes = new StringBuilder();
        for (int i = 0; i < 40 && !typist.done(); i++) {
            codes.append(bench.readAll()).append(' ');
            bench.clock.advance(15_000_000);
        }
        codes.append(bench.readAll());
        assertTrue(typist.done());
        assertEquals("1e 9e 2a 30 b0 aa 1c 9c", codes.toString().replaceAll(" +", " ").strip());
    }

    @Test
    void theTypistLosesNothingWhenNobodyReads() {
        Typist typist = new Typist(keyboard, bench.clock);
        typist.type("a".repeat(500));
        bench.clock.advance(60_000_000_000L);
        assertFalse(typist.done());
        int bytes = 0;
        while (!typist.done()) {
            bench.clock.advance(15_000_000);
            while (bench.full()) {
                bench.read();
                bytes++;
                bench.settle();
            }
        }
        assertEquals(1000, bytes);
    }

    @Test
    void theTypistRefusesWhatNoKeyTypes() {
        Typist typist = new Typist(keyboard, bench.clock);
        assertThrows(IllegalArgumentException.class, () -> typist.type("x\u20ac"));
        assertTrue(typist.done());
    }
}
