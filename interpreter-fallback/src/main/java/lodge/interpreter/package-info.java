/** An x86 processor in pure Java. */
package lodge.interpreter;
