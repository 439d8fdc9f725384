package lodge.tests.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import lodge.core.backend.Availability;
import lodge.core.backend.Hypervisor;

/** What the contracts need from the test class of a backend. */
interface HypervisorUnderTest {
    /** Returns the backend. */
    Hypervisor hypervisor();

    /** Returns the backend, or skips the test and says why and what to do. */
    default Hypervisor ready() {
        Hypervisor hypervisor = hypervisor();
        if (hypervisor.probe() instanceof Availability.Missing missing) {
            assumeTrue(false, "Skipped: " + missing.reason() + "; remedy: " + missing.remedy());
        }
        return hypervisor;
    }
}
