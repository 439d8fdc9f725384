/** Timers and clocks. */
package lodge.devices.timer;
