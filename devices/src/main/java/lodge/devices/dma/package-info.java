/** Direct memory access for devices on the ISA bus. */
package lodge.devices.dma;
