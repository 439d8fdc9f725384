/** Picks a backend, solders devices to buses, and boots, pauses and saves the result. */
module lodge.machine {
    requires transitive lodge.core;
    requires transitive lodge.devices;
    requires lodge.vhd;
    requires org.slf4j;
    requires org.tukaani.xz;
    requires tools.jackson.core;

    exports lodge.machine;
    exports lodge.machine.config;
    exports lodge.machine.host;

    uses lodge.core.backend.Hypervisor;
}
