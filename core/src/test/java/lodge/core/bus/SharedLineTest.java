package lodge.core.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class SharedLineTest {
    @Test
    void theOutputIsHighWhileAnyInputIs() {
        List<String> log = new ArrayList<>();
        SharedLine shared =
                new SharedLine(new IrqLine((pin, high) -> log.add(pin + "=" + high), 11));
        IrqLine a = shared.newInput();
        IrqLine b = shared.newInput();
        a.set(true);
        b.set(true);
        a.set(false);
        a.set(false);
        b.set(false);
        assertEquals(List.of("11=true", "11=false"), log);
    }
}
