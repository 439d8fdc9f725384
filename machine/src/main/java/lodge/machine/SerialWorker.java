package lodge.machine;

import lodge.core.storage.Background;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Runs the transfers of one disk channel one after the other, on a virtual thread that lives while
 * there is work. Host file I/O happens here, so neither a vCPU nor the clock waits for a disk.
 */
final class SerialWorker implements Background {
    private final String name;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean busy;

    SerialWorker(String name) {
        this.name = name;
    }

    @Override
    public void submit(Runnable task) {
        synchronized (this) {
            tasks.add(task);
            if (busy) {
                return;
            }
            busy = true;
        }
        Thread.ofVirtual().name(name).start(this::work);
    }

    private void work() {
        while (true) {
            Runnable task;
            synchronized (this) {
                task = tasks.poll();
                if (task == null) {
                    busy = false;
                    notifyAll();
                    return;
                }
            }
            task.run();
        }
    }

    /** Waits until no transfer is under way; the vCPUs are stopped, so none is added. */
    void awaitIdle() {
        boolean interrupted = false;
        synchronized (this) {
            while (busy) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
