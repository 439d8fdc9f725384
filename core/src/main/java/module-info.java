/**
 * The vocabulary of Lodge: buses, guest memory, interrupt lines, clock, devices, CPU state and the
 * backend SPI. It does no I/O, makes no native call and owns no thread.
 */
module lodge.core {
    exports lodge.core;
    exports lodge.core.backend;
    exports lodge.core.bus;
    exports lodge.core.cpu;
    exports lodge.core.device;
    exports lodge.core.memory;
    exports lodge.core.serial;
    exports lodge.core.state;
    exports lodge.core.storage;
    exports lodge.core.time;
}
