/**
 * What belongs to the board as a whole: firmware configuration, memory map, power, south bridge.
 */
package lodge.devices.platform;
