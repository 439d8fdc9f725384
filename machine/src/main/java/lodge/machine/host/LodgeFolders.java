package lodge.machine.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** Where Lodge keeps what it may lose. */
public final class LodgeFolders {
    private LodgeFolders() {}

    /** Returns the cache folder of this user; it may not exist yet. */
    public static Path cache() {
        return cache(System.getenv(), System.getProperty("user.home", "."));
    }

    /**
     * The XDG base directory specification's cache, {@code LOCALAPPDATA} on Windows; {@code
     * LODGE_CACHE} before both.
     */
    static Path cache(Map<String, String> environment, String home) {
        Path own = absolute(environment.get("LODGE_CACHE"));
        if (own != null) {
            return own;
        }
        // A relative XDG_CACHE_HOME is to be ignored, the specification says.
        Path xdg = absolute(environment.get("XDG_CACHE_HOME"));
        if (xdg != null) {
            return xdg.resolve("lodge");
        }
        Path windows = absolute(environment.get("LOCALAPPDATA"));
        return windows != null
                ? windows.resolve("lodge").resolve("cache")
                : Path.of(home, ".cache", "lodge");
    }

    private static Path absolute(String name) {
        if (name == null || name.isEmpty()) {
            return null;
        }
        try {
            Path path = Path.of(name);
            return path.isAbsolute() ? path : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
