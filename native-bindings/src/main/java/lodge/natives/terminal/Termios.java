package lodge.natives.terminal;

import static lodge.natives.CLayout.U32;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The modes of a terminal (termios.h); the C library itself turns them into raw mode. */
public final class Termios {
    /** {@code struct termios}. */
    public static final StructLayout LAYOUT =
            struct(
                    "termios",
                    U32.withName("c_iflag"),
                    U32.withName("c_oflag"),
                    U32.withName("c_cflag"),
                    U32.withName("c_lflag"),
                    U8.withName("c_line"),
                    array("c_cc", 32, U8),
                    U32.withName("c_ispeed"),
                    U32.withName("c_ospeed"));

    private Termios() {}
}
