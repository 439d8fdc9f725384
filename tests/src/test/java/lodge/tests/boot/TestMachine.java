package lodge.tests.boot;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import lodge.core.backend.Availability;
import lodge.core.serial.CharPort;
import lodge.machine.Machine;
import lodge.machine.MachineBuilder;
import lodge.machine.MachineOutcome;
import lodge.machine.config.MachineConfig;
import lodge.machine.host.Backends;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** A machine under test: what it writes to COM1 is kept, and can be awaited. */
final class TestMachine implements AutoCloseable {
    private final Machine machine;
    private final CharPort com1 = new CharPort();
    private final StringBuilder serial = new StringBuilder();
    private final Thread reader = Thread.ofVirtual().unstarted(this::read);

    private TestMachine(MachineConfig.Builder config) {
        MachineConfig built = config.build();
        machine = MachineBuilder.build(built, built.serial().stream().map(any -> com1).toList());
        reader.start();
    }

    /** Builds and starts a machine on KVM; skips the test where there is none. */
    static TestMachine start(MachineConfig.Builder config) {
        return start(config, "kvm");
    }

    /** Builds and starts a machine on a backend; skips the test where it does not work. */
    static TestMachine start(MachineConfig.Builder config, String backend) {
        for (Backends.Probe probe : Backends.probe()) {
            if (probe.name().equals(backend)
                    && probe.availability() instanceof Availability.Missing missing) {
                abort("Skipped: " + missing.reason() + "; remedy: " + missing.remedy());
            }
        }
        TestMachine result = new TestMachine(config.backend(backend));
        try {
            result.machine.start();
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
        return result;
    }

    /** A machine that boots through SeaBIOS. */
    static MachineConfig.Builder firmware(String name) {
        return MachineConfig.builder()
                .name(name)
                .memory("64M")
                .firmware(Guests.bios())
                .vgaFirmware(Guests.vgaBios());
    }

    Machine machine() {
        return machine;
    }

    CharPort com1() {
        return com1;
    }

    /** Returns all that came from COM1 so far. */
    String serial() {
        synchronized (serial) {
            return serial.toString();
        }
    }

    /** Returns the text screen, one line under the other. */
    String screen() {
        return String.join("\n", machine.board().vga().textScreen());
    }

    /** Waits until COM1 has brought a text. */
    void awaitSerial(String text, Duration limit) {
        await("'" + text + "' on COM1", limit, () -> serial().contains(text));
    }

    /** Waits until the text screen shows a text. */
    void awaitScreen(String text, Duration limit) {
        await("'" + text + "' on the screen", limit, () -> screen().contains(text));
    }

    private void await(String what, Duration limit, BooleanSupplier reached) {
        long end = System.nanoTime() + limit.toNanos();
        while (!reached.getAsBoolean()) {
            Optional<MachineOutcome> outcome = awaitEnd(Duration.ofMillis(50));
            if (!reached.getAsBoolean() && (outcome.isPresent() || System.nanoTime() > end)) {
                fail(
                        "Waited in vain for %s (%s)%nCOM1:%n%s%nScreen:%n%s%nFirmware:%n%s"
                                .formatted(
                                        what,
                                        outcome.map(Object::toString)
                                                .orElse("after " + limit.toSeconds() + " s"),
                                        serial(),
                                        screen(),
                                        machine.board().firmwareLog()));
            }
        }
    }

    /** Waits for the machine's end, at most so long. */
    Optional<MachineOutcome> awaitEnd(Duration limit) {
        try {
            return machine.awaitEnd(limit);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Types at COM1. */
    void typeSerial(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        try {
            com1.toGuest().put(bytes, 0, bytes.length);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Types at the PS/2 keyboard. */
    void type(String text) {
        machine.board().typist().type(text);
    }

    private void read() {
        byte[] buffer = new byte[1024];
        try {
            for (int n = com1.toHost().take(buffer); n >= 0; n = com1.toHost().take(buffer)) {
                synchronized (serial) {
                    serial.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        machine.close();
        com1.toHost().close();
        com1.toGuest().close();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
