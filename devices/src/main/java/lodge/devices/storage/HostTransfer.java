package lodge.devices.storage;

import lodge.core.storage.Background;
import lodge.core.storage.BlockBackend;
import lodge.core.storage.BlockIoException;

import java.lang.foreign.MemorySegment;

/**
 * A drive's buffer and the one transfer at a time between it and the host, on a background. All
 * methods are called with the drive's monitor held; the owner is told of the end with it held too.
 *
 * <p>A transfer that is cancelled, by a reset of the drive, goes on with the buffer that it began
 * with while the drive gets another; its end is not reported, and a new transfer waits for it. So a
 * late host read never lands in data of a later command.
 */
final class HostTransfer {
    /** What a transfer does. */
    enum Job {
        READ,
        WRITE,
        FLUSH
    }

    /** Who wants to know of the end. */
    interface Owner {
        /** Returns the object whose monitor protects owner and transfer. */
        Object monitor();

        /**
         * The transfer has ended.
         *
         * @param failed whether the host could not do it
         */
        void transferDone(boolean failed);
    }

    /** The buffer. */
    byte[] bytes;

    /** The same as a segment. */
    MemorySegment segment;

    private final Background background;
    private final Owner owner;
    private final Runnable task = this::run;
    private boolean underWay;
    private boolean dropped;
    private boolean waiting;

    private Job job = Job.FLUSH;
    private BlockBackend image;
    private long offset;
    private int length;

    private MemorySegment taskSegment;
    private Job taskJob = Job.FLUSH;
    private BlockBackend taskImage;
    private long taskOffset;
    private int taskLength;

    HostTransfer(Background background, Owner owner, int bufferBytes) {
        this.background = background;
        this.owner = owner;
        bytes = new byte[bufferBytes];
        segment = MemorySegment.ofArray(bytes);
    }

    /** Starts a transfer of the first bytes of the buffer. */
    void submit(Job newJob, BlockBackend newImage, long newOffset, int newLength) {
        job = newJob;
        image = newImage;
        offset = newOffset;
        length = newLength;
        if (underWay) {
            waiting = true;
        } else {
            start();
        }
    }

    private void start() {
        underWay = true;
        dropped = false;
        taskJob = job;
        taskImage = image;
        taskOffset = offset;
        taskLength = length;
        taskSegment = segment;
        background.submit(task);
    }

    private void run() {
        boolean failed = false;
        try {
            switch (taskJob) {
                case READ -> taskImage.read(taskOffset, taskSegment, 0, taskLength);
                case WRITE -> taskImage.write(taskOffset, taskSegment, 0, taskLength);
                case FLUSH -> taskImage.flush();
            }
        } catch (BlockIoException e) {
            // The owner tells its guest, as a drive with a bad sector does.
            failed = true;
        }
        synchronized (owner.monitor()) {
            underWay = false;
            taskImage = null;
            if (waiting) {
                waiting = false;
                start();
            } else if (!dropped) {
                owner.transferDone(failed);
            }
        }
    }

    /** Forgets the transfer in progress, if any. */
    void cancel() {
        waiting = false;
        if (underWay && !dropped) {
            dropped = true;
            bytes = new byte[bytes.length];
            segment = MemorySegment.ofArray(bytes);
        }
    }
}
