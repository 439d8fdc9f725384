/** The guest's port and MMIO address spaces, and the wires between chips. */
package lodge.core.bus;
