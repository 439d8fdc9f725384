package lodge.natives.posix;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** How a signal is handled (signal.h). */
public final class Sigaction {
    /** {@code struct sigaction}. */
    public static final StructLayout LAYOUT =
            struct(
                    "sigaction",
                    U64.withName("sa_handler"),
                    array("sa_mask", 16, U64),
                    U32.withName("sa_flags"),
                    U64.withName("sa_restorer"));

    /** Offset of {@code sa_handler}: the function's address, 0 for the default, 1 to ignore. */
    public static final long SA_HANDLER = offset(LAYOUT, "sa_handler");

    /** Offset of {@code sa_flags}. */
    public static final long SA_FLAGS = offset(LAYOUT, "sa_flags");

    private Sigaction() {}
}
