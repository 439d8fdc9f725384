package lodge.tests.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import lodge.core.backend.Hypervisor;
import lodge.interpreter.InterpreterHypervisor;

import org.junit.jupiter.api.Test;

import java.util.ServiceLoader;

/** The contract on the interpreter. */
class InterpreterContractTest extends HypervisorContract {
    private final Hypervisor interpreter = new InterpreterHypervisor();

    @Override
    public Hypervisor hypervisor() {
        return interpreter;
    }

    @Test
    void theServiceLoaderFindsIt() {
        assertTrue(
                ServiceLoader.load(Hypervisor.class).stream()
                        .anyMatch(provider -> provider.type() == InterpreterHypervisor.class));
    }
}
