package lodge.devices.storage;

import lodge.core.storage.BlockBackend;

/**
 * The tray of a CD-ROM drive: the disc, whether the tray is open or locked, and what the guest has
 * not been told yet - the unit attention (MMC-3, T10/1363D, annex) and the media event (section
 * 5.6). Runs under the channel's monitor.
 */
public final class CdTray {
    /** Additional sense code and qualifier: not ready to ready change, medium may have changed. */
    static final int MEDIUM_MAY_HAVE_CHANGED = 0x2800;

    /** Additional sense code and qualifier: power on, reset. */
    static final int RESET_OCCURRED = 0x2900;

    private static final int NO_MEDIUM_TRAY_CLOSED = 0x3a01;
    private static final int NO_MEDIUM_TRAY_OPEN = 0x3a02;

    private static final int EVENT_NONE = 0;
    private static final int EVENT_EJECT_REQUEST = 1;
    private static final int EVENT_NEW_MEDIA = 2;
    private static final int EVENT_MEDIA_REMOVAL = 3;

    /**
     * The saved tray, without the disc.
     *
     * @param attention pending unit attention, code and qualifier, or 0
     * @param event media event not yet reported
     * @param open whether the tray is open
     * @param locked whether the guest prevents removal
     */
    public record State(int attention, int event, boolean open, boolean locked) {}

    private BlockBackend disc;
    private int attention;
    private int event;
    private boolean open;
    private boolean locked;

    CdTray(BlockBackend disc) {
        this.disc = disc;
    }

    BlockBackend disc() {
        return disc;
    }

    boolean open() {
        return open;
    }

    boolean locked() {
        return locked;
    }

    boolean ready() {
        return disc != null && !open;
    }

    long blocks() {
        return ready()
                ? Math.min((disc.sizeBytes() + CdReplies.BLOCK - 1) / CdReplies.BLOCK, 0xffff_ffffL)
                : 0;
    }

    /** Returns why there is no medium, as sense code and qualifier. */
    int noMedium() {
        return open ? NO_MEDIUM_TRAY_OPEN : NO_MEDIUM_TRAY_CLOSED;
    }

    boolean attentionPending() {
        return attention != 0;
    }

    int takeAttention() {
        int code = attention;
        attention = 0;
        return code;
    }

    int event() {
        return event;
    }

    void eventReported() {
        event = EVENT_NONE;
    }

    // ---- the host's side

    BlockBackend insert(BlockBackend newDisc) {
        BlockBackend old = disc;
        disc = newDisc;
        open = false;
        attention = MEDIUM_MAY_HAVE_CHANGED;
        event = EVENT_NEW_MEDIA;
        return old;
    }

    /** The eject button: returns the disc, or null when there was none or the guest keeps it. */
    BlockBackend eject(boolean force) {
        if (locked && !force) {
            event = EVENT_EJECT_REQUEST;
            return null;
        }
        BlockBackend old = disc;
        disc = null;
        locked = false;
        open = true;
        event = EVENT_MEDIA_REMOVAL;
        return old;
    }

    // ---- the guest's side

    void lock(boolean on) {
        locked = on;
    }

    /** START STOP UNIT with LoEj: returns whether the tray obeys. */
    boolean move(boolean wantOpen) {
        if (wantOpen && locked) {
            return false;
        }
        if (wantOpen && !open) {
            open = true;
            event = EVENT_MEDIA_REMOVAL;
        } else if (!wantOpen && open) {
            open = false;
            if (disc != null) {
                attention = MEDIUM_MAY_HAVE_CHANGED;
                event = EVENT_NEW_MEDIA;
            }
        }
        return true;
    }

    // ---- state

    void powerOn() {
        attention = RESET_OCCURRED;
        event = EVENT_NONE;
        open = false;
        locked = false;
    }

    State save() {
        return new State(attention, event, open, locked);
    }

    void load(State state) {
        attention = state.attention & 0xffff;
        event = Math.clamp(state.event, EVENT_NONE, EVENT_MEDIA_REMOVAL);
        open = state.open;
        locked = state.locked;
    }
}
