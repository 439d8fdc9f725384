package lodge.core.backend;

import java.util.Set;

/** Whether a backend can run machines here. */
public sealed interface Availability {
    /**
     * It can.
     *
     * @param detail what was found, for `lodge backends`
     * @param capabilities what it can do
     */
    record Ready(String detail, Set<Capability> capabilities) implements Availability {
        /** Copies the set. */
        public Ready {
            capabilities = Set.copyOf(capabilities);
        }
    }

    /**
     * It cannot.
     *
     * @param reason what is missing, for example "no permission on /dev/kvm"
     * @param remedy what to do, for example "join the group kvm"
     */
    record Missing(String reason, String remedy) implements Availability {}
}
