/**
 * The local APICs of the processor in pure Java and the bus between them (SDM vol. 3A, chapter 11).
 */
package lodge.interpreter.apic;
