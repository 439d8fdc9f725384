package lodge.machine.host;

import lodge.core.LodgeException;
import lodge.core.backend.Hypervisor;
import lodge.machine.host.BackendChoice.Measurement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Finds the fastest of several backends that work here. */
final class BackendContest {
    /** Millions of instructions a second from which on a hypervisor surely uses the processor. */
    static final double NATIVE = 100;

    /** No emulation comes near this, so one look is enough. */
    private static final double BEYOND_DOUBT = 10 * NATIVE;

    /**
     * Millions of instructions a second that the interpreter reaches in ring 0 once it is warm, at
     * least. A short measurement would find the JVM's first steps, which say nothing about a
     * machine that runs for minutes.
     */
    static final double INTERPRETER = 50;

    /** How long to measure the interpreter when there is time, in nanoseconds. */
    private static final long UNTIL_WARM = 500_000_000;

    private static final String INTERPRETER_NAME = "interpreter";

    private final BackendMeter meter;
    private final boolean thoroughly;
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> facts = new ArrayList<>();

    BackendContest(BackendMeter meter, boolean thoroughly) {
        this.meter = meter;
        this.thoroughly = thoroughly;
    }

    /**
     * Decides.
     *
     * @param working backends that work here, the one to prefer first; at least one
     */
    BackendChoice decide(List<Hypervisor> working) {
        Hypervisor fastest = null;
        double most = 0;
        for (Hypervisor hypervisor : working) {
            double mips = speed(hypervisor);
            if (fastest == null || mips > most) {
                fastest = hypervisor;
                most = mips;
            }
            if (mips >= NATIVE && !thoroughly) {
                break;
            }
        }
        return new BackendChoice(fastest, String.join(", ", facts), measurements);
    }

    /** Returns millions of instructions a second, 0 for one that cannot run the measurement. */
    private double speed(Hypervisor hypervisor) {
        if (hypervisor.name().equals(INTERPRETER_NAME)) {
            if (thoroughly && measure(hypervisor, UNTIL_WARM, "%s executes %s") == 0) {
                return 0;
            }
            if (!thoroughly) {
                facts.add(
                        "%s executes at least %s"
                                .formatted(INTERPRETER_NAME, millions(INTERPRETER)));
            }
            // Always the same figure, so that the doctor's answer is what machines get.
            return INTERPRETER;
        }
        return measure(hypervisor, BackendMeter.BRIEFLY, "%s emulates kernel code at %s");
    }

    private double measure(Hypervisor hypervisor, long duration, String slow) {
        String name = hypervisor.name();
        try {
            double mips =
                    meter.measure(
                            hypervisor, duration, thoroughly ? BackendMeter.ANY : BEYOND_DOUBT);
            measurements.add(new Measurement(name, mips));
            boolean onProcessor = mips >= NATIVE && !name.equals(INTERPRETER_NAME);
            String fact = onProcessor ? "%s runs kernel code on the processor at %s" : slow;
            facts.add(fact.formatted(name, millions(mips)));
            return mips;
        } catch (LodgeException e) {
            facts.add("%s failed (%s)".formatted(name, e.getMessage()));
            return 0;
        }
    }

    private static String millions(double mips) {
        return String.format(
                Locale.ROOT,
                mips < 10 ? "%.1f million instructions/s" : "%.0f million instructions/s",
                mips);
    }
}
