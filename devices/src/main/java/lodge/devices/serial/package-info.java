/** Serial ports. */
package lodge.devices.serial;
