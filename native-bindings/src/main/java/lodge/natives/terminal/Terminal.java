package lodge.natives.terminal;

import static lodge.natives.CLayout.U16;

import lodge.natives.posix.CallState;
import lodge.natives.posix.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * The terminal behind a file descriptor of the process. Its modes outlive the process, so whoever
 * switches to raw mode restores them whatever happens; {@link #close} does, and so does a shutdown
 * hook of the caller's. Any thread may call.
 */
public final class Terminal implements AutoCloseable {
    private static final MemorySegment TCGETATTR = Libc.address("tcgetattr");
    private static final MemorySegment TCSETATTR = Libc.address("tcsetattr");
    private static final MemorySegment CFMAKERAW = Libc.address("cfmakeraw");

    private final CallState state = new CallState();
    private final int fd;
    private final MemorySegment saved = Arena.ofAuto().allocate(Termios.LAYOUT);
    private boolean raw;

    /**
     * The size of a terminal in characters.
     *
     * @param rows lines
     * @param columns characters in a line
     */
    public record Size(int rows, int columns) {}

    private Terminal(int fd) {
        this.fd = fd;
    }

    /**
     * The terminal behind a descriptor.
     *
     * @param fd file descriptor; 0 is standard input
     * @return the terminal; empty when the descriptor is a file, a pipe or closed
     */
    public static Optional<Terminal> of(int fd) {
        Terminal terminal = new Terminal(fd);
        return terminal.get(terminal.saved) == 0 ? Optional.of(terminal) : Optional.empty();
    }

    private int get(MemorySegment modes) {
        try {
            return (int) Libc.call(state, TCGETATTR, fd, modes.address(), 0, 0);
        } finally {
            Reference.reachabilityFence(modes);
        }
    }

    private void set(MemorySegment modes) {
        long how = TerminalConstants.TCSADRAIN;
        int result;
        try {
            result = (int) Libc.call(state, TCSETATTR, fd, how, modes.address(), 0);
        } finally {
            Reference.reachabilityFence(modes);
        }
        if (result != 0) {
            throw state.failure("tcsetattr", "");
        }
    }

    /**
     * Switches to raw mode: every key arrives at once and as it is, nothing is echoed, no key makes
     * a signal.
     */
    public synchronized void raw() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment modes = arena.allocate(Termios.LAYOUT).copyFrom(saved);
            Libc.call(state, CFMAKERAW, modes.address(), 0, 0, 0);
            set(modes);
            raw = true;
        }
    }

    /** Goes back to the modes that the terminal had; does nothing when it is not raw. */
    public synchronized void restore() {
        if (raw) {
            raw = false;
            set(saved);
        }
    }

    /** Returns the size now; empty when the terminal does not know. */
    public synchronized Optional<Size> size() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment winsize = arena.allocate(Winsize.LAYOUT);
            if (Libc.ioctl(state, fd, TerminalConstants.TIOCGWINSZ, winsize) != 0) {
                return Optional.empty();
            }
            Size size =
                    new Size(
                            winsize.get(U16, Winsize.WS_ROW) & 0xffff,
                            winsize.get(U16, Winsize.WS_COL) & 0xffff);
            return size.rows() > 0 && size.columns() > 0 ? Optional.of(size) : Optional.empty();
        }
    }

    /** Returns the modes now, for tests. */
    byte[] modes() {
        MemorySegment modes = Arena.ofAuto().allocate(Termios.LAYOUT);
        if (get(modes) != 0) {
            throw state.failure("tcgetattr", "");
        }
        return modes.toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        restore();
    }
}
