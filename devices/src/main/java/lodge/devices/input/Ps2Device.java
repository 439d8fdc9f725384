package lodge.devices.input;

/**
 * What hangs on a PS/2 cable, as the controller sees it; called with the controller's monitor held.
 */
interface Ps2Device {
    /** A byte from the controller: a command or its parameter. */
    void receive(int value);

    /** Whether it has a byte to send. */
    boolean ready();

    /** Takes the byte it sends. */
    int send();
}
