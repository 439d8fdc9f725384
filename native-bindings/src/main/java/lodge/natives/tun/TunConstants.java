package lodge.natives.tun;

/** Constants of linux/if_tun.h and net/if.h under their C names. */
public final class TunConstants {
    /** Longest name of an interface, with the 0 at its end. */
    public static final int IFNAMSIZ = 16;

    /** Packets are Ethernet frames. */
    public static final int IFF_TAP = 2;

    /** No four bytes of packet information before a frame. */
    public static final int IFF_NO_PI = 0x1000;

    /** A virtio_net_hdr before every frame. */
    public static final int IFF_VNET_HDR = 0x4000;

    /** Request of ioctl: attach to an interface. */
    public static final long TUNSETIFF = 0x400454caL;

    /** Request of ioctl: choose offloads. */
    public static final long TUNSETOFFLOAD = 0x400454d0L;

    /** Request of ioctl: size of the virtio_net_hdr. */
    public static final long TUNSETVNETHDRSZ = 0x400454d8L;

    private TunConstants() {}
}
