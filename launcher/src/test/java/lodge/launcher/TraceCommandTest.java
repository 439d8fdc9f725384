package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.BadConfigException;
import lodge.core.backend.TraceWindow;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** {@code lodge trace}: its options, and a machine with a firmware of three instructions. */
class TraceCommandTest {
    @TempDir private Path folder;

    private static TraceCommand parsed(String... arguments) {
        TraceCommand command = new TraceCommand();
        new CommandLine(command.spec()).parseArgs(arguments);
        return command;
    }

    @Test
    void withoutOptionsTheFirstInstructionsAreTraced() {
        assertEquals(new TraceWindow(0, 0, OptionalLong.empty(), 10_000), parsed().window());
    }

    @Test
    void numbersAreDecimalOrHexadecimal() {
        assertEquals(
                new TraceWindow(1, 5, OptionalLong.of(-0x8000_0000L), 16),
                parsed("--skip=5", "--from=0xffffffff80000000", "--lines=0x10", "--trace-cpu=1")
                        .window());
    }

    @ParameterizedTest
    @CsvSource({"--skip=x", "--skip=-1", "--from=0xg", "--lines=0", "--trace-cpu=4294967296"})
    void whatIsNoNumberIsRefused(String argument) {
        TraceCommand command = parsed(argument);
        assertThrows(BadConfigException.class, command::window);
    }

    @Test
    void aMachineIsTracedFromItsResetVector() throws IOException {
        byte[] rom = new byte[0x1_0000];
        byte[] code = {(byte) 0xb0, 5, (byte) 0xe6, (byte) 0xf4, (byte) 0xf4};
        System.arraycopy(code, 0, rom, 0, code.length);
        byte[] reset = {(byte) 0xea, 0, 0, 0, (byte) 0xf0};
        System.arraycopy(reset, 0, rom, 0xfff0, reset.length);
        Path file = Files.write(folder.resolve("rom"), rom);
        Path trace = folder.resolve("trace");
        int exitCode =
                new CommandLine(new TraceCommand().spec())
                        .execute(
                                "--to=" + trace,
                                "--firmware=" + file,
                                "--memory=16M",
                                "--serial=none",
                                "--debug-exit");
        assertEquals(11, exitCode);
        List<String> lines = Files.readAllLines(trace);
        assertTrue(lines.size() >= 4, lines::toString);
        assertEquals(
                List.of(
                        "0xfffffff0:  ea 00 00 00 f0           jmp 0xf000:0x0",
                        "0x000f0000:  b0 05                    mov al,0x5",
                        "0x000f0002:  e6 f4                    out 0xf4,al",
                        "cpu_out addr 0xf4(b) value 5"),
                lines.subList(0, 4));
    }
}
