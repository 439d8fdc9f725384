/** Single instructions for hardware backends that cannot execute them, on a saved state. */
package lodge.interpreter.assist;
