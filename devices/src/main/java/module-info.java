/** The chips of the machine, in pure Java. */
module lodge.devices {
    requires transitive lodge.core;

    exports lodge.devices.acpi;
    exports lodge.devices.dma;
    exports lodge.devices.input;
    exports lodge.devices.interrupt;
    exports lodge.devices.pci;
    exports lodge.devices.platform;
    exports lodge.devices.storage;
    exports lodge.devices.serial;
    exports lodge.devices.timer;
    exports lodge.devices.video;
}
