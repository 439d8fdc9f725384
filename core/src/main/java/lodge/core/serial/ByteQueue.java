package lodge.core.serial;

/**
 * A bounded queue of bytes between a guest's device and a host thread; its monitor is a leaf of the
 * lock order. Putting and taking allocate nothing. The bound is what keeps a guest, or whoever
 * types at it, from filling the host's memory.
 */
public final class ByteQueue {
    private final byte[] ring;
    private int head;
    private int count;
    private boolean closed;
    private volatile Runnable onData = () -> {};
    private volatile Runnable onSpace = () -> {};

    /**
     * An empty queue.
     *
     * @param capacity in bytes, at least 1
     */
    public ByteQueue(int capacity) {
        ring = new byte[capacity];
    }

    /**
     * Sets what runs after bytes were put in; it runs on the putting thread with no lock of the
     * queue held.
     *
     * @param listener the taker's signal
     */
    public void onData(Runnable listener) {
        onData = listener;
    }

    /**
     * Sets what runs when a full queue has room again; it runs on the taking thread with no lock of
     * the queue held.
     *
     * @param listener the putter's signal
     */
    public void onSpace(Runnable listener) {
        onSpace = listener;
    }

    /**
     * Puts one byte if there is room.
     *
     * @param value the byte; higher bits are ignored
     * @return false when the queue is full
     */
    public boolean offer(int value) {
        synchronized (this) {
            if (count == ring.length) {
                return false;
            }
            append((byte) value);
            notifyAll();
        }
        onData.run();
        return true;
    }

    /**
     * Puts bytes, waiting for room. For host threads only, never for a vCPU.
     *
     * @param bytes the source
     * @param from first index
     * @param length how many
     * @throws InterruptedException when interrupted while waiting
     */
    public void put(byte[] bytes, int from, int length) throws InterruptedException {
        int done = 0;
        while (done < length) {
            synchronized (this) {
                while (count == ring.length && !closed) {
                    wait();
                }
                if (closed) {
                    return;
                }
                while (done < length && count < ring.length) {
                    append(bytes[from + done++]);
                }
                notifyAll();
            }
            onData.run();
        }
    }

    /** Takes one byte, or returns -1 when there is none. */
    public int poll() {
        int value;
        boolean wasFull;
        synchronized (this) {
            if (count == 0) {
                return -1;
            }
            wasFull = count == ring.length;
            value = ring[head] & 0xff;
            head = head + 1 == ring.length ? 0 : head + 1;
            count--;
            if (wasFull) {
                notifyAll();
            }
        }
        if (wasFull) {
            onSpace.run();
        }
        return value;
    }

    /**
     * Takes what is there, waiting until there is something. For host threads only.
     *
     * @param target where to put it
     * @return how many bytes, at least 1; -1 when the queue is closed and empty
     * @throws InterruptedException when interrupted while waiting
     */
    public int take(byte[] target) throws InterruptedException {
        int taken;
        boolean wasFull;
        synchronized (this) {
            while (count == 0 && !closed) {
                wait();
            }
            if (count == 0) {
                return -1;
            }
            wasFull = count == ring.length;
            taken = Math.min(count, target.length);
            for (int i = 0; i < taken; i++) {
                target[i] = ring[head];
                head = head + 1 == ring.length ? 0 : head + 1;
            }
            count -= taken;
            notifyAll();
        }
        if (wasFull) {
            onSpace.run();
        }
        return taken;
    }

    /** Returns how many bytes wait. */
    public synchronized int size() {
        return count;
    }

    /** Ends the stream: waiting putters give up, takers get what is left and then -1. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void append(byte value) {
        int tail = head + count;
        ring[tail >= ring.length ? tail - ring.length : tail] = value;
        count++;
    }
}
