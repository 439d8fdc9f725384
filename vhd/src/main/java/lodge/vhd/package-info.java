/** Disk images as block storage. */
package lodge.vhd;
