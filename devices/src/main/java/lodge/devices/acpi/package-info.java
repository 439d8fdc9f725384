/** The tables that describe the board to an operating system: ACPI and SMBIOS. */
package lodge.devices.acpi;
