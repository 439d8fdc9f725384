/** The chips of the machine, in pure Java. */
package lodge.devices;
