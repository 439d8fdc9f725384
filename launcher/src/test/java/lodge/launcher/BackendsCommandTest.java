package lodge.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lodge.core.backend.Availability;
import lodge.core.backend.Capability;
import lodge.machine.host.Backends;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class BackendsCommandTest {
    private static final List<Backends.Probe> PROBES =
            List.of(
                    new Backends.Probe(
                            "kvm",
                            new Availability.Ready(
                                    "API \"12\"", Set.of(Capability.X2APIC, Capability.DIRTY_LOG))),
                    new Backends.Probe("whpx", new Availability.Missing("not Windows", "use kvm")));

    @Test
    void theListForPeopleSaysWhatWorksAndWhatToDo() {
        assertEquals(
                """
                kvm          ready    API "12" (dirty-log, x2apic)
                whpx         missing  not Windows; use kvm
                """,
                BackendsCommand.text(PROBES).replace(System.lineSeparator(), "\n"));
    }

    @Test
    void theListForProgramsIsJson() {
        assertEquals(
                """
                [
                  {"name": "kvm", "ready": true, "detail": "API \\"12\\"", "capabilities": ["dirty-log", "x2apic"]},
                  {"name": "whpx", "ready": false, "reason": "not Windows", "remedy": "use kvm"}
                ]
                """,
                BackendsCommand.json(PROBES));
    }

    @Test
    void jsonStringsAreEscaped() {
        assertEquals("\"a\\\\b\\\"c\\u000a\\u0000ä\"", BackendsCommand.quoted("a\\b\"c\n\0ä"));
    }
}
