package lodge.devices.input;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** After the IBM PS/2 technical reference, "Mouse", and Microsoft's IntelliMouse protocol. */
class Ps2MouseTest {
    private final Ps2Bench bench = new Ps2Bench();
    private final Ps2Mouse mouse = bench.mouse;

    private String answer(int... bytes) {
        StringBuilder text = new StringBuilder();
        for (int value : bytes) {
            bench.aux(value);
            text.append(bench.readAll()).append(' ');
        }
        return text.toString().strip();
    }

    @Test
    void resetAnswersWithSelfTestAndIdentity() {
        assertEquals("fa aa 00", answer(0xff));
    }

    @Test
    void identifiesItselfAsAPlainMouse() {
        assertEquals("fa 00", answer(0xf2));
    }

    @Test
    void becomesAnIntelliMouseByItsSampleRates() {
        answer(0xf3, 200, 0xf3, 100, 0xf3, 80);
        assertEquals("fa 03", answer(0xf2));
        answer(0xf3, 200, 0xf3, 200, 0xf3, 80);
        assertEquals("fa 04", answer(0xf2));
        answer(0xff);
        assertEquals("fa 00", answer(0xf2));
    }

    @Test
    void reportsNothingUntilEnabled() {
        mouse.move(1, 1, 0);
        mouse.buttons(1);
        assertEquals("", bench.readAll());
        assertEquals("fa", answer(0xf4));
        mouse.move(5, 0, 0);
        assertEquals("09 05 00", bench.readAll());
    }

    @Test
    void upIsPositiveOnTheWireAndDownOnTheHost() {
        answer(0xf4);
        mouse.move(-3, 4, 0);
        assertEquals("38 fd fc", bench.readAll());
        mouse.move(3, -4, 0);
        assertEquals("08 03 04", bench.readAll());
    }

    @Test
    void farMovementsTakeSeveralPackets() {
        answer(0xf4);
        mouse.move(600, 0, 0);
        assertEquals("08 ff 00 08 ff 00 08 5a 00", bench.readAll());
    }

    @Test
    void movementsThatNobodyFetchesAddUp() {
        answer(0xf4);
        for (int i = 0; i < 100; i++) {
            mouse.move(1, 0, 0);
        }
        assertEquals("08 01 00 08 63 00", bench.readAll());
    }

    @Test
    void everyClickIsReported() {
        answer(0xf4);
        mouse.buttons(1);
        mouse.buttons(0);
        mouse.buttons(2);
        mouse.buttons(0);
        mouse.buttons(4);
        assertEquals("09 00 00 08 00 00 0a 00 00 08 00 00 0c 00 00", bench.readAll());
    }

    @Test
    void theLastStateOfTheButtonsIsReportedHoweverSlowTheGuest() {
        answer(0xf4);
        for (int i = 0; i < 1000; i++) {
            mouse.buttons(i & 1);
        }
        mouse.buttons(6);
        String all = bench.readAll();
        assertEquals("0e 00 00", all.substring(all.length() - 8));
    }

    @Test
    void theWheelTurnsInTheFourthByte() {
        mouse.move(0, 0, 3);
        answer(0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4);
        mouse.move(0, 0, 1);
        assertEquals("08 00 00 01", bench.readAll());
        mouse.move(0, 0, -1);
        assertEquals("08 00 00 ff", bench.readAll());
        mouse.move(0, 0, 10);
        assertEquals("08 00 00 07 08 00 00 03", bench.readAll());
    }

    @Test
    void theSideButtonsAreInTheFourthByteToo() {
        answer(0xf3, 200, 0xf3, 200, 0xf3, 80, 0xf4);
        mouse.buttons(0x08);
        assertEquals("08 00 00 10", bench.readAll());
        mouse.buttons(0x11);
        assertEquals("09 00 00 20", bench.readAll());
        mouse.move(0, 0, -1);
        assertEquals("09 00 00 2f", bench.readAll());
    }

    @Test
    void aPlainMouseHasNoWheel() {
        answer(0xf4);
        mouse.move(0, 0, 1);
        assertEquals("", bench.readAll());
    }

    @Test
    void statusTellsModeScalingButtonsResolutionAndRate() {
        answer(0xf3, 60, 0xe8, 3, 0xe7, 0xf4);
        mouse.buttons(1);
        bench.readAll();
        assertEquals("fa 34 03 3c", answer(0xe9));
        answer(0xf6);
        mouse.buttons(6);
        assertEquals("fa 03 02 64", answer(0xe9));
        answer(0xf0);
        assertEquals("fa 43 02 64", answer(0xe9));
    }

    @Test
    void aWrongResolutionIsAnError() {
        assertEquals("fa fc", answer(0xe8, 9));
    }

    @Test
    void remoteModeReportsWhenAsked() {
        answer(0xf0, 0xf4);
        mouse.move(7, -7, 0);
        assertEquals("", bench.readAll());
        assertEquals("fa 08 07 07", answer(0xeb));
        assertEquals("fa 08 00 00", answer(0xeb));
        answer(0xea);
        mouse.move(1, 0, 0);
        assertEquals("08 01 00", bench.readAll());
    }

    @Test
    void wrapModeSendsEverythingBackButItsOwnEnd() {
        assertEquals("fa", answer(0xee));
        assertEquals("f2 55 f4", answer(0xf2, 0x55, 0xf4));
        assertEquals("fa", answer(0xec));
        assertEquals("fa 00", answer(0xf2));
    }

    @Test
    void disabledItKeepsSilent() {
        answer(0xf4, 0xf5);
        mouse.move(1, 0, 0);
        assertEquals("", bench.readAll());
    }

    @Test
    void unknownCommandsAreAskedForAgain() {
        assertEquals("fe", answer(0xe1));
        assertEquals("fe", answer(0x00));
    }

    @Test
    void aCommandDiscardsPacketsThatWait() {
        answer(0xf4);
        bench.command(0xa7);
        mouse.buttons(1);
        mouse.buttons(0);
        assertEquals("fa 00", answer(0xf2));
    }
}
