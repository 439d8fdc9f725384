package lodge.machine.host;

import lodge.core.BadConfigException;
import lodge.core.backend.Availability;
import lodge.core.backend.Hypervisor;
import lodge.machine.config.MachineConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The hypervisors this Lodge was built with. */
public final class Backends {
    private Backends() {}

    /** Returns all of them, the fastest first, whether they work here or not. */
    public static List<Hypervisor> all() {
        List<Hypervisor> found = new ArrayList<>();
        for (Hypervisor hypervisor : ServiceLoader.load(Hypervisor.class)) {
            int at = 0;
            while (at < found.size() && rank(found.get(at)) <= rank(hypervisor)) {
                at++;
            }
            found.add(at, hypervisor);
        }
        return found;
    }

    private static int rank(Hypervisor hypervisor) {
        int rank = MachineConfig.BACKENDS.indexOf(hypervisor.name());
        return rank < 0 ? Integer.MAX_VALUE : rank;
    }

    /** What one backend says of itself. */
    public record Probe(String name, Availability availability) {}

    /**
     * Returns what every backend that Lodge knows says of itself, the fastest first; also of those
     * not built in.
     */
    public static List<Probe> probe() {
        List<Probe> probes = new ArrayList<>();
        List<Hypervisor> all = all();
        for (String name : MachineConfig.BACKENDS) {
            if (name.equals("auto")) {
                continue;
            }
            probes.add(
                    new Probe(
                            name,
                            all.stream()
                                    .filter(hypervisor -> hypervisor.name().equals(name))
                                    .findFirst()
                                    .map(Hypervisor::probe)
                                    .orElse(
                                            new Availability.Missing(
                                                    "not part of this Lodge yet",
                                                    "use another backend"))));
        }
        return probes;
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
            Availability availability = hypervisor.probe();
            if (!(availability instanceof Availability.Missing missing)) {
                return hypervisor;
            }
            reasons.append(reasons.isEmpty() ? "" : ". ")
                    .append("Backend ")
                    .append(hypervisor.name())
                    .append(" does not work here: ")
                    .append(missing.reason())
                    .append("; ")
                    .append(missing.remedy());
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
