/** ATA disks, ATAPI CD-ROM drives and their channel, and the floppy disk controller. */
package lodge.devices.storage;
