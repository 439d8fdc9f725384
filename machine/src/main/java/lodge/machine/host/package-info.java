/**
 * The host's side of a machine: backends, firmware files, and where serial ports go. Every file and
 * socket is opened here.
 */
package lodge.machine.host;
