/** The errors of Lodge: what failed, why, and what to do, in one line. */
package lodge.core;
