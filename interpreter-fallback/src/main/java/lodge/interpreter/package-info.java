/** Reserved for the pure Java x86 interpreter. Nothing is implemented here yet. */
package lodge.interpreter;
