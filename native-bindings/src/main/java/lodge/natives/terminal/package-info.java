/** The terminal of the process: raw mode and size. */
package lodge.natives.terminal;
