package lodge.machine;

/** Where a machine is in its life. */
public enum MachineState {
    /** Built or ended: no guest code runs, nothing is to be resumed. */
    OFF,
    /** Guest code runs and time passes. */
    RUNNING,
    /** Stopped between two instructions; time stands still. */
    PAUSED,
    /** On its way to {@link #OFF}. */
    STOPPING
}
