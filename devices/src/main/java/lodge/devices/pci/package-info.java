/** The PCI bus of the board: its host bridge and what every function on it has in common. */
package lodge.devices.pci;
