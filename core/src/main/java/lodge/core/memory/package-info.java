/** Guest RAM, ROM and video memory, and how they lie in the guest physical address space. */
package lodge.core.memory;
