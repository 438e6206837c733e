package io.fairlead.integration.netty;

import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Everything that was decoded in one read pass of a connection, in order: the payload of a batching factory's
/// messages.
///
/// Valid only during `onMessage`, on the connection's event loop: afterwards it is reused, and reference-counted
/// objects (`ByteBuf`) are released. Who needs an object longer retains or copies it, or takes it out with
/// [#take(int)]. Not thread-safe.
public final class ReadBatch {

    /// A pass that decodes more objects than this is handed over in several batches.
    public static final int MAX_SIZE = 1024;

    private static final int INITIAL_CAPACITY = 16;

    private @Nullable Object[] objects = new @Nullable Object[INITIAL_CAPACITY];
    private int size;

    ReadBatch() {}

    /// The number of objects, taken ones included; 1 to [#MAX_SIZE].
    public int size() {
        return size;
    }

    /// The object at `index`. The batch keeps owning it.
    ///
    /// @throws IndexOutOfBoundsException unless `0 <= index < size()`
    /// @throws IllegalStateException if it has been taken
    public Object get(int index) {
        Object object = objects[Objects.checkIndex(index, size)];
        if (object == null) {
            throw new IllegalStateException("The object at " + index + " has been taken out of the batch");
        }
        return object;
    }

    /// Takes the object at `index` out of the batch: the caller owns it and releases it. Saves a retain.
    ///
    /// @throws IndexOutOfBoundsException unless `0 <= index < size()`
    /// @throws IllegalStateException if it has been taken before
    public Object take(int index) {
        Object object = get(index);
        objects[index] = null;
        return object;
    }

    void add(Object object) {
        if (size == objects.length) {
            objects = Arrays.copyOf(objects, size * 2);
        }
        objects[size++] = object;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size >= MAX_SIZE;
    }

    /// Releases what was not taken and empties the batch.
    void clear() {
        for (int i = 0; i < size; i++) {
            Object object = objects[i];
            objects[i] = null;
            if (object != null) {
                ReferenceCountUtil.safeRelease(object);
            }
        }
        size = 0;
    }

    @Override
    public String toString() {
        return "ReadBatch[size=" + size + "]";
    }
}
