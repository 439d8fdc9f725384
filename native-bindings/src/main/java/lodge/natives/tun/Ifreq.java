package lodge.natives.tun;

import static lodge.natives.CLayout.U16;
import static lodge.natives.CLayout.U64;
import static lodge.natives.CLayout.U8;
import static lodge.natives.CLayout.array;
import static lodge.natives.CLayout.offset;
import static lodge.natives.CLayout.struct;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** A request about a network interface (net/if.h). */
public final class Ifreq {
    /** {@code struct ifreq}. */
    public static final StructLayout LAYOUT =
            struct(
                    "ifreq",
                    MemoryLayout.unionLayout(array("ifrn_name", 16, U8)).withName("ifr_ifrn"),
                    MemoryLayout.unionLayout(
                                    U16.withName("ifru_flags"),
                                    array("ifru_newname", 16, U8),
                                    array("pad", 3, U64))
                            .withName("ifr_ifru"));

    /** Offset of {@code ifr_ifrn.ifrn_name}. */
    public static final long NAME = offset(LAYOUT, "ifr_ifrn.ifrn_name");

    /** Offset of {@code ifr_ifru.ifru_flags}. */
    public static final long FLAGS = offset(LAYOUT, "ifr_ifru.ifru_flags");

    private Ifreq() {}
}
