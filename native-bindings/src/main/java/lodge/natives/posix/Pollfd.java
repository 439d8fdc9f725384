package lodge.natives.posix;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** A file descriptor to wait for (poll.h). */
public final class Pollfd {
    /** {@code struct pollfd}. */
    public static final StructLayout LAYOUT =
            struct("pollfd", U32.withName("fd"), U16.withName("events"), U16.withName("revents"));

    /** Size of the struct in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Offset of {@code fd}. */
    public static final long FD = offset(LAYOUT, "fd");

    /** Offset of {@code events}. */
    public static final long EVENTS = offset(LAYOUT, "events");

    /** Offset of {@code revents}. */
    public static final long REVENTS = offset(LAYOUT, "revents");

    private Pollfd() {}
}
