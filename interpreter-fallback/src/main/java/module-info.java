/** Reserved for the pure Java x86 interpreter. Nothing is implemented here yet. */
module lodge.interpreter {
    requires transitive lodge.core;
}
