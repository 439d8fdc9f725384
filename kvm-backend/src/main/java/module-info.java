/** Runs guest code on Linux KVM. */
module lodge.kvm {
    requires transitive lodge.core;
    requires lodge.natives;
}
