/** Saving and loading of states: named sections of named fields. */
package lodge.core.state;
