/** Runs guest code on Linux KVM. */
module lodge.kvm {
    requires transitive lodge.core;
    requires lodge.natives;

    exports lodge.kvm;

    uses lodge.core.backend.InstructionAssist;

    provides lodge.core.backend.Hypervisor with
            lodge.kvm.KvmHypervisor;
}
