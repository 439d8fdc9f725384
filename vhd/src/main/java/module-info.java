/** Disk images as block storage. */
module lodge.vhd {
    requires transitive lodge.core;

    exports lodge.vhd;
}
