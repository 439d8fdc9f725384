/**
 * Binary floating-point arithmetic as x87 and SSE define it, in plain integer arithmetic: pure
 * functions that know nothing of the rest of the processor. Results and exceptions go to a context
 * that the caller keeps, so that no operation allocates. Everything the SDM leaves open follows
 * what AMD processors of family 19h do, which is what the tests run on; the places say so.
 */
package lodge.interpreter.fp;
