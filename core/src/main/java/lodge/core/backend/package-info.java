/** The service provider interface of a hypervisor: KVM, WHP or the interpreter. */
package lodge.core.backend;
