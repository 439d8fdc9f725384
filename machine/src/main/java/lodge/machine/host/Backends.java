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
    private static final String AUTO = "auto";

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
            if (name.equals(AUTO)) {
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
     * Chooses one that works here. {@code auto} takes the first that runs kernel code on the
     * processor itself; a hypervisor that emulates it competes with the interpreter. Where only one
     * backend works there is nothing to measure.
     *
     * @param name its name, or {@code auto} for the fastest
     * @return the choice
     * @throws BadConfigException with reason and remedy, when there is none
     */
    public static BackendChoice choose(String name) {
        return choose(name, all(), new BackendMeter(System::nanoTime), false);
    }

    /**
     * Chooses as {@code auto} does, but measures all that work here, the interpreter for half a
     * second: what {@code lodge doctor} shows.
     *
     * @return the choice
     * @throws BadConfigException with reason and remedy, when none works
     */
    public static BackendChoice chooseThoroughly() {
        return choose(AUTO, all(), new BackendMeter(System::nanoTime), true);
    }

    static BackendChoice choose(
            String name, List<Hypervisor> all, BackendMeter meter, boolean thoroughly) {
        List<Hypervisor> working = working(name, all);
        if (!name.equals(AUTO)) {
            return new BackendChoice(working.getFirst(), "asked for by name", List.of());
        }
        if (working.size() == 1 && !thoroughly) {
            return new BackendChoice(working.getFirst(), "the only one that works here", List.of());
        }
        return new BackendContest(meter, thoroughly).decide(working);
    }

    private static List<Hypervisor> working(String name, List<Hypervisor> all) {
        List<Hypervisor> working = new ArrayList<>();
        StringBuilder reasons = new StringBuilder();
        for (Hypervisor hypervisor : all) {
            if (!name.equals(AUTO) && !name.equals(hypervisor.name())) {
                continue;
            }
            if (hypervisor.probe() instanceof Availability.Missing missing) {
                reasons.append(reasons.isEmpty() ? "" : ". ")
                        .append("Backend ")
                        .append(hypervisor.name())
                        .append(" does not work here: ")
                        .append(missing.reason())
                        .append("; ")
                        .append(missing.remedy());
            } else {
                working.add(hypervisor);
            }
        }
        if (!working.isEmpty()) {
            return working;
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
