package lodge.machine.config;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Finds what somebody probably meant to write. */
final class NearestKey {
    private NearestKey() {}

    /**
     * The known key with the fewest insertions, deletions, replacements and swaps of neighbours
     * away; upper and lower case count as the same. Of several, the first in the alphabet.
     *
     * @param typed what was written
     * @param known all keys, at least one
     * @return the nearest
     */
    static String of(String typed, Set<String> known) {
        String nearest = "";
        int fewest = Integer.MAX_VALUE;
        // Beyond this length nothing comes nearer, and a hostile key must not cost time.
        String key = typed.substring(0, Math.min(typed.length(), 64)).toLowerCase(Locale.ROOT);
        for (String candidate : new TreeSet<>(known)) {
            int steps = distance(key, candidate.toLowerCase(Locale.ROOT));
            if (steps < fewest) {
                fewest = steps;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Optimal string alignment distance. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replace = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int best =
                        Math.min(d[i - 1][j - 1] + replace, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                d[i][j] = swapped ? Math.min(best, d[i - 2][j - 2] + 1) : best;
            }
        }
        return d[a.length()][b.length()];
    }
}
