package lodge.natives.terminal;

/** Constants of termios.h and sys/ioctl.h on Linux, x86-64, under their C names. */
public final class TerminalConstants {
    /** tcsetattr: change at once. */
    public static final int TCSANOW = 0;

    /** tcsetattr: change when all output is out. */
    public static final int TCSADRAIN = 1;

    /** Request of ioctl: get the window's size. */
    public static final int TIOCGWINSZ = 0x5413;

    private TerminalConstants() {}
}
