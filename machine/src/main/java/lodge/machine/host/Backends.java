package lodge.machine.host;

import lodge.core.BadConfigException;
import lodge.core.backend.Availability;
import lodge.core.backend.Hypervisor;
import lodge.machine.config.MachineConfig;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/** The hypervisors this Lodge was built with. */
public final class Backends {
    private Backends() {}

    /** Returns all of them, the fastest first, whether they work here or not. */
    public static List<Hypervisor> all() {
        List<Hypervisor> found = new ArrayList<>();
        ServiceLoader.load(Hypervisor.class).forEach(found::add);
        found.sort(Comparator.comparingInt(hypervisor -> rank(hypervisor.name())));
        return found;
    }

    private static int rank(String name) {
        int rank = MachineConfig.BACKENDS.indexOf(name);
        return rank < 0 ? Integer.MAX_VALUE : rank;
    }

    /**
     * Chooses one that works here.
     *
     * @param name its name, or {@code auto} for the first that does
     * @return the hypervisor
     * @throws BadConfigException with reason and remedy, when there is none
     */
    public static Hypervisor choose(String name) {
        return choose(name, all());
    }

    static Hypervisor choose(String name, List<Hypervisor> all) {
        StringBuilder reasons = new StringBuilder();
        for (Hypervisor hypervisor : all) {
            if (!name.equals("auto") && !name.equals(hypervisor.name())) {
                continue;
            }
            switch (hypervisor.probe()) {
                case Availability.Ready ready -> {
                    return hypervisor;
                }
                case Availability.Missing(String reason, String remedy) ->
                        reasons.append(reasons.isEmpty() ? "" : ". ")
                                .append(
                                        "Backend %s does not work here: %s; %s"
                                                .formatted(hypervisor.name(), reason, remedy));
            }
        }
        if (reasons.isEmpty()) {
            List<String> names = all.stream().map(Hypervisor::name).toList();
            throw new BadConfigException(
                    names.isEmpty()
                            ? "No backend is part of this Lodge; build it again with ./lodge"
                            : "Backend %s is not part of this Lodge; choose %s"
                                    .formatted(name, String.join(" or ", names)));
        }
        throw new BadConfigException(reasons.toString());
    }
}
