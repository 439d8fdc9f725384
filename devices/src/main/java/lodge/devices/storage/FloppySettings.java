package lodge.devices.storage;

import java.util.Arrays;

/**
 * What the guest has set up in an 82077AA (datasheet 290166): SPECIFY, CONFIGURE, PERPENDICULAR
 * MODE and LOCK.
 */
public final class FloppySettings {
    private static final int IMPLIED_SEEK = 0x40;
    private static final int NO_FIFO = 0x20;
    private static final int NO_POLLING = 0x10;
    private static final int NON_DMA = 0x01;
    private static final int OVERWRITE = 0x80;
    private static final int PERPENDICULAR_DRIVES = 0x3c;
    private static final int PERPENDICULAR_MODE = 0x03;

    /**
     * The saved settings.
     *
     * @param specify the two bytes of SPECIFY
     * @param configure the configuration byte of CONFIGURE
     * @param precompensation the first track with precompensation
     * @param perpendicular the byte of PERPENDICULAR MODE
     * @param locked whether LOCK protects the FIFO's configuration
     */
    public record State(
            byte[] specify,
            int configure,
            int precompensation,
            int perpendicular,
            boolean locked) {}

    private final byte[] specify = new byte[2];
    private int configure;
    private int precompensation;
    private int perpendicular;
    private boolean locked;

    FloppySettings() {}

    boolean nonDma() {
        return (specify[1] & NON_DMA) != 0;
    }

    boolean impliedSeek() {
        return (configure & IMPLIED_SEEK) != 0;
    }

    boolean polling() {
        return (configure & NO_POLLING) == 0;
    }

    boolean locked() {
        return locked;
    }

    void specify(byte first, byte second) {
        specify[0] = first;
        specify[1] = second;
    }

    void configure(int settings, int firstTrack) {
        configure = settings;
        precompensation = firstTrack;
    }

    void perpendicular(int value) {
        int drives = (value & OVERWRITE) != 0 ? value : perpendicular;
        perpendicular = drives & PERPENDICULAR_DRIVES | value & PERPENDICULAR_MODE;
    }

    void lock(boolean on) {
        locked = on;
    }

    /** The part of DUMPREG from its fifth byte on. */
    void dump(byte[] fifo, int lastSectors) {
        fifo[4] = specify[0];
        fifo[5] = specify[1];
        fifo[6] = (byte) lastSectors;
        fifo[7] = (byte) ((locked ? 0x80 : 0) | perpendicular);
        fifo[8] = (byte) configure;
        fifo[9] = (byte) precompensation;
    }

    /**
     * A reset by DOR or DSR: the FIFO's configuration goes back to its default unless locked
     * (section 5.3.1).
     */
    void softReset() {
        if (!locked) {
            configure = configure & (IMPLIED_SEEK | NO_POLLING) | NO_FIFO;
            precompensation = 0;
        }
        perpendicular &= PERPENDICULAR_DRIVES;
    }

    void powerOn() {
        Arrays.fill(specify, (byte) 0);
        configure = 0;
        perpendicular = 0;
        locked = false;
    }

    State save() {
        return new State(specify.clone(), configure, precompensation, perpendicular, locked);
    }

    void load(State state) {
        System.arraycopy(
                state.specify, 0, specify, 0, Math.min(state.specify.length, specify.length));
        configure = state.configure & 0xff;
        precompensation = state.precompensation & 0xff;
        perpendicular = state.perpendicular & (PERPENDICULAR_DRIVES | PERPENDICULAR_MODE);
        locked = state.locked;
    }
}
