// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;

/// A whole file as one read-only segment. Files of any size; mapping reads nothing.
final class MappedFile implements AutoCloseable {
    private final Arena arena;
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final MemorySegment segment;

    private MappedFile(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by close(), or here when mapping fails
    static MappedFile open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment segment =
                    channel.size() == 0
                            ? MemorySegment.NULL
                            : channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new MappedFile(arena, segment);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        if (!isClosed.getAndSet(true)) {
            arena.close();
        }
    }
}
