/** Block storage as devices see it. */
package lodge.core.storage;
