/** Keyboard, mouse and their controller. */
package lodge.devices.input;
