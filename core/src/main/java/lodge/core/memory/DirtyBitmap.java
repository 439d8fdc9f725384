package lodge.core.memory;

import java.util.concurrent.atomic.AtomicLongArray;

/** One bit per 4 KiB page, set by any thread, fetched and cleared by the one that tracks. */
public final class DirtyBitmap {
    private final AtomicLongArray words;
    private final long pages;

    /**
     * A bitmap with no page set.
     *
     * @param pages number of pages
     */
    public DirtyBitmap(long pages) {
        this.pages = pages;
        words = new AtomicLongArray(Math.toIntExact((pages + 63) >>> 6));
    }

    /** Returns the number of pages. */
    public long pages() {
        return pages;
    }

    /**
     * Marks pages.
     *
     * @param first first page
     * @param last last page, inclusive
     */
    public void mark(long first, long last) {
        for (long page = first; page <= last; page++) {
            int word = (int) (page >>> 6);
            long bit = 1L << page;
            if ((words.getPlain(word) & bit) == 0) {
                words.accumulateAndGet(word, bit, (a, b) -> a | b);
            }
        }
    }

    /**
     * Marks the pages of a bit mask.
     *
     * @param firstPage page of bit 0
     * @param mask the pages; those beyond the end are ignored
     */
    public void markMask(long firstPage, long mask) {
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            long page = firstPage + Long.numberOfTrailingZeros(rest);
            if (page < pages) {
                mark(page, page);
            }
        }
    }

    /**
     * Moves all marks to another bitmap.
     *
     * @param target receives them
     * @param firstPage page of {@code target} that page 0 of this one is
     */
    public void moveTo(DirtyBitmap target, long firstPage) {
        for (int i = 0; i < words.length(); i++) {
            if (words.getPlain(i) != 0) {
                target.markMask(firstPage + 64L * i, words.getAndSet(i, 0));
            }
        }
    }

    /**
     * Moves the marks out.
     *
     * @param target receives one bit per page, 64 to a word, or-ed to what is there
     */
    void drainTo(long[] target) {
        for (int i = 0; i < words.length(); i++) {
            if (words.getPlain(i) != 0) {
                target[i] |= words.getAndSet(i, 0);
            }
        }
    }
}
