/** Reserved for the Windows Hypervisor Platform backend. Nothing is implemented here yet. */
module lodge.whpx {
    requires transitive lodge.core;
    requires lodge.natives;
    requires lodge.interpreter;
}
