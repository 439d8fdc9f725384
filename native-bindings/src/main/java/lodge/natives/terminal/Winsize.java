package lodge.natives.terminal;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.StructLayout;

/** The size of a terminal (asm-generic/termios.h). */
public final class Winsize {
    /** {@code struct winsize}. */
    public static final StructLayout LAYOUT =
            struct(
                    "winsize",
                    U16.withName("ws_row"),
                    U16.withName("ws_col"),
                    U16.withName("ws_xpixel"),
                    U16.withName("ws_ypixel"));

    /** Offset of {@code ws_row}. */
    public static final long WS_ROW = offset(LAYOUT, "ws_row");

    /** Offset of {@code ws_col}. */
    public static final long WS_COL = offset(LAYOUT, "ws_col");

    private Winsize() {}
}
