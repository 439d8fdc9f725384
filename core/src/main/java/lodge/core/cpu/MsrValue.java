package lodge.core.cpu;

/**
 * One model-specific register.
 *
 * @param index the number RDMSR takes in ECX
 * @param value its contents
 */
public record MsrValue(int index, long value) {}
