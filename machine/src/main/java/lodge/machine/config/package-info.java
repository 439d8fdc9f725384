/**
 * What a machine is to be: the description a user writes, as values, JSON and command-line syntax.
 */
package lodge.machine.config;
