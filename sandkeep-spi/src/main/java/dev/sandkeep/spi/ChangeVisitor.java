package dev.sandkeep.spi;

/**
 * Is shown what a compute or an image changed, one path after the other: a directory before what is in it, otherwise in no order.
 * An exception thrown here ends the visit and reaches its caller, as it is or as the cause of a {@link ProviderException}.
 */
public interface ChangeVisitor {
    /** What a visitor wants next. */
    enum Next {
        CONTINUE,
        /** As {@link #CONTINUE}, but without what is in the directory just shown. */
        SKIP_CONTENT,
        /** See nothing more. */
        STOP
    }

    /**
     * Something is there that is new or different from the image below. A directory is also shown when only something in it
     * changed.
     */
    Next changed(ChangedFile file);

    /** Something that the image below has is gone, with everything in it. */
    default Next removed(FilePath path) {
        return Next.CONTINUE;
    }
}
