/**
 * The C library of Linux: files, memory, signals and waiting. Touch nothing here on another system.
 */
package lodge.natives.posix;
