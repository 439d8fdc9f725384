package lodge.tests.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code ./dev bench} runs: the benchmarks named, or all of them. */
public final class Bench {
    private Bench() {}

    /** One benchmark; prints its figures. */
    @FunctionalInterface
    interface Benchmark {
        /**
         * Measures and prints.
         *
         * @throws Exception when it cannot
         */
        void run() throws Exception;
    }

    private static Map<String, Benchmark> all() {
        return new TreeMap<>(
                Map.of(
                        "boot",
                        () -> Boot.main(new String[0]),
                        "exit",
                        () -> ExitRoundTrip.main(new String[0]),
                        "loops",
                        () -> Loops.main(new String[0]),
                        "start",
                        () -> StartUp.main(new String[0])));
    }

    /**
     * Runs benchmarks.
     *
     * @param args their names; none for all
     * @throws Exception when one fails
     */
    public static void main(String[] args) throws Exception {
        Map<String, Benchmark> benchmarks = all();
        for (String name : args.length == 0 ? benchmarks.keySet() : List.of(args)) {
            Benchmark benchmark = benchmarks.get(name);
            if (benchmark == null) {
                System.err.println("No benchmark " + name + "; choose from " + benchmarks.keySet());
                System.exit(2);
            }
            benchmark.run();
        }
    }
}
