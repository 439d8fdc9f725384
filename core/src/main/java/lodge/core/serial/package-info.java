/** Byte streams between a guest's character device and the host. */
package lodge.core.serial;
