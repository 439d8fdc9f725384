package lodge.interpreter;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the processors of a machine take turns in place of running at the same time: whoever
 * executes has the machine's only turn. Each keeps its host thread. Whoever waits is served in the
 * order of asking, so that no processor starves; the first in the row asks for the turn after each
 * {@link #SLICE_NANOS}, so that nothing happens at all while only one processor has something to
 * do.
 *
 * <p>A processor that waits for an interrupt, or whose {@code run()} has returned, has no turn. One
 * that is inside a device keeps it. What others leave in a processor's {@link Mailbox}, kicks too,
 * needs no turn; it is looked after when the turn comes.
 */
final class Turns {
    /** How long a turn lasts while others wait. */
    static final long SLICE_NANOS = 1_000_000;

    /** Attention bit: the turn is to be passed on. */
    static final int END = 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Seat> row = new ArrayDeque<>();
    private Seat holder;

    /** Whether anyone is in the row; written with the lock held. */
    private volatile boolean wanted;

    /** Makes a processor's place, which its mailbox knows from now on. */
    void seat(Mailbox mail) {
        mail.seat = new Seat(mail);
    }

    /** A processor's place among the others; used by its thread only. */
    final class Seat {
        private final Mailbox mail;
        private final Condition served = lock.newCondition();

        private Seat(Mailbox mail) {
            this.mail = mail;
        }

        /** Waits for the turn. An interrupt of the thread is kept for later. */
        void take() {
            lock.lock();
            try {
                if (holder == null) {
                    holder = this;
                } else {
                    await();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Gives the turn to whoever has waited longest. */
        void leave() {
            lock.lock();
            try {
                holder = row.poll();
                wanted = !row.isEmpty();
                if (holder != null) {
                    holder.served.signal();
                    if (!row.isEmpty()) {
                        // From now on it has to ask.
                        row.peek().served.signal();
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        /** Lets everyone who waits have a turn first. */
        void pass() {
            lock.lock();
            try {
                if (!row.isEmpty()) {
                    leave();
                    await();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Ends the turn soon if someone waits: the guest says that it spins (PAUSE). */
        void offer() {
            if (wanted) {
                mail.post(END);
            }
        }

        /** Waits in the row; with the lock held, which others hold meanwhile. */
        private void await() {
            boolean interrupted = false;
            row.add(this);
            wanted = true;
            while (holder != this) {
                try {
                    if (row.peek() != this) {
                        served.await();
                    } else if (served.awaitNanos(SLICE_NANOS) <= 0 && holder != this) {
                        holder.mail.post(END);
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
