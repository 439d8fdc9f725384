/** Typed calls and struct layouts of the host's own interfaces; no policy. */
module lodge.natives {
    requires transitive lodge.core;

    exports lodge.natives;
    exports lodge.natives.kvm;
    exports lodge.natives.posix;
    exports lodge.natives.terminal;
    exports lodge.natives.tun;
}
