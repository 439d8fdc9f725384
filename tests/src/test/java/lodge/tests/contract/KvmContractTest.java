package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Exit;
import lodge.core.backend.Hypervisor;
import lodge.kvm.KvmHypervisor;

import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The contract on KVM, and what only KVM has: file descriptors to lose. */
class KvmContractTest extends HypervisorContract {
    private final Hypervisor kvm = new KvmHypervisor();

    @Override
    public Hypervisor hypervisor() {
        return kvm;
    }

    @Test
    void theServiceLoaderFindsIt() {
        assertTrue(
                ServiceLoader.load(Hypervisor.class).stream()
                        .anyMatch(provider -> provider.type() == KvmHypervisor.class));
    }

    @Test
    void noFileDescriptorOrMappingIsLostOverFiftyMachines() {
        runOnce();
        int descriptors = openFiles();
        long mappings = mappings();
        for (int i = 0; i < 50; i++) {
            runOnce();
        }
        assertEquals(descriptors, openFiles());
        assertTrue(
                mappings() <= mappings + 10,
                "%d mappings became %d".formatted(mappings, mappings()));
    }

    private void runOnce() {
        try (TinyMachine machine = TinyMachine.with(ready(), ExitContract.PORT_SIZES)) {
            assertEquals(Exit.Signal.KICKED, machine.run());
        }
    }

    private static int openFiles() {
        return new File("/proc/self/fd").list().length;
    }

    private static long mappings() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void severalMachinesRunSideBySide() throws InterruptedException {
        List<TinyMachine> machines = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                TinyMachine machine = TinyMachine.with(ready(), KickContract.COUNT_UP);
                machines.add(machine);
                threads.add(Thread.ofPlatform().start(() -> machine.cpu().run()));
            }
            for (TinyMachine machine : machines) {
                long deadline = System.nanoTime() + 20_000_000_000L;
                while (machine.recorder.outs() < 1000) {
                    assertTrue(System.nanoTime() < deadline, "a machine stands still");
                    Thread.sleep(1);
                }
            }
        } finally {
            machines.forEach(machine -> machine.cpu().kick());
            for (Thread thread : threads) {
                thread.join();
            }
            machines.forEach(TinyMachine::close);
        }
    }
}
