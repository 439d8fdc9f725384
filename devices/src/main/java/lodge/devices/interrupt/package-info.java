/** Interrupt controllers. */
package lodge.devices.interrupt;
