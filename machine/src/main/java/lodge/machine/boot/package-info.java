/** Starts kernels without firmware: Linux boot protocol (bzImage, ELF) and Xen PVH. */
package lodge.machine.boot;
