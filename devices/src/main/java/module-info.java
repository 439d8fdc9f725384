/** The chips of the machine, in pure Java. */
module lodge.devices {
    requires transitive lodge.core;

    exports lodge.devices.pci;
    exports lodge.devices.platform;
    exports lodge.devices.video;
}
