/** Picks a backend, solders devices to buses, and boots, pauses and saves the result. */
package lodge.machine;
