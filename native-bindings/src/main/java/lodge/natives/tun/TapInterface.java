package lodge.natives.tun;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U8;

import lodge.core.BadConfigException;
import lodge.core.NativeCallException;
import lodge.natives.posix.CallState;
import lodge.natives.posix.Errno;
import lodge.natives.posix.EventFd;
import lodge.natives.posix.Fd;
import lodge.natives.posix.Libc;
import lodge.natives.posix.Pollfd;
import lodge.natives.posix.Posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A tap interface: Ethernet frames go in and out of the host's network. One thread receives, one
 * sends, any may {@link #wake} the receiver.
 */
public final class TapInterface implements AutoCloseable {
    private static final String PATH = "/dev/net/tun";

    private final Fd tap;
    private final EventFd wake = new EventFd();
    private final CallState sendState = new CallState();
    private final CallState pollState = new CallState();
    private final MemorySegment pollfds = Arena.ofAuto().allocate(Pollfd.LAYOUT, 2);
    private final String name;

    private TapInterface(Fd tap, String name) {
        this.tap = tap;
        this.name = name;
        put(0, tap.number());
        put(1, wake.number());
    }

    private void put(int index, int fd) {
        pollfds.set(U32, index * Pollfd.SIZE + Pollfd.FD, fd);
        pollfds.set(U16, index * Pollfd.SIZE + Pollfd.EVENTS, (short) Posix.POLLIN);
    }

    /**
     * Attaches to a tap interface, which is made if it does not exist and the process may.
     *
     * @param wanted its name, at most 15 bytes; {@code %d} in it stands for a number that the
     *     kernel chooses
     * @return the interface
     * @throws BadConfigException when the name is too long
     * @throws NativeCallException when the kernel refuses
     */
    public static TapInterface open(String wanted) {
        byte[] bytes = wanted.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= TunConstants.IFNAMSIZ) {
            throw new BadConfigException(
                    "Interface name %s has %d bytes; choose 1 to 15"
                            .formatted(wanted, bytes.length));
        }
        CallState state = new CallState();
        int fd = Libc.open(state, PATH, Posix.O_RDWR | Posix.O_NONBLOCK | Posix.O_CLOEXEC);
        if (fd < 0) {
            throw state.failure("open(" + PATH + ")", remedy(state.errno(), wanted));
        }
        Fd tap = new Fd(state, PATH, fd);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(Ifreq.LAYOUT);
            MemorySegment.copy(bytes, 0, request, U8, Ifreq.NAME, bytes.length);
            request.set(U16, Ifreq.FLAGS, (short) (TunConstants.IFF_TAP | TunConstants.IFF_NO_PI));
            if (Libc.ioctl(state, fd, TunConstants.TUNSETIFF, request) < 0) {
                NativeCallException failure =
                        state.failure(
                                "ioctl(TUNSETIFF " + wanted + ")", remedy(state.errno(), wanted));
                tap.close();
                throw failure;
            }
            return new TapInterface(tap, request.getString(Ifreq.NAME));
        }
    }

    private static String remedy(int errno, String name) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENODEV -> "load the module tun";
            case Errno.EPERM, Errno.EACCES ->
                    "have an administrator make it for you: ip tuntap add mode tap user $USER name "
                            + name;
            case Errno.EBUSY -> "stop the other user of the interface or choose another";
            case Errno.EINVAL -> "choose a tap interface, not another kind";
            default -> "";
        };
    }

    /** Returns the interface's name. */
    public String name() {
        return name;
    }

    /**
     * Waits for a frame.
     *
     * @param frame native memory for it
     * @return its length; 0 when {@link #wake} was called or a signal came
     */
    public int receive(MemorySegment frame) {
        long length = Libc.read(tap.state(), tap.number(), frame, frame.byteSize());
        if (length >= 0) {
            return (int) length;
        }
        if (tap.state().errno() != Errno.EAGAIN) {
            throw tap.state()
                    .failure("read(" + name + ")", "see whether the interface still exists");
        }
        if (Libc.poll(pollState, pollfds, 2, -1) < 0 && pollState.errno() != Errno.EINTR) {
            throw pollState.failure("poll", "");
        }
        if (pollfds.get(U16, Pollfd.SIZE + Pollfd.REVENTS) != 0) {
            wake.drain();
            return 0;
        }
        length = Libc.read(tap.state(), tap.number(), frame, frame.byteSize());
        return (int) Math.max(length, 0);
    }

    /**
     * Sends a frame. One that the interface cannot take now is lost, as on any Ethernet.
     *
     * @param frame native memory with it
     * @param length its length in bytes
     * @return whether it was sent
     */
    public boolean send(MemorySegment frame, int length) {
        return Libc.write(sendState, tap.number(), frame, length) == length;
    }

    /** Makes a {@link #receive} return. */
    public void wake() {
        wake.signal();
    }

    /** Detaches from the interface. Nobody may be in another method. */
    @Override
    public void close() {
        tap.close();
        wake.close();
    }
}
