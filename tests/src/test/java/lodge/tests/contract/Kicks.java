package lodge.tests.contract;

import lodge.core.backend.Vcpu;

/** Kicks from another thread. */
final class Kicks {
    private Kicks() {}

    /** Starts a thread that kicks once after some milliseconds. */
    static Thread later(Vcpu vcpu, long millis) {
        return Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                Thread.sleep(millis);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            vcpu.kick();
                        });
    }
}
