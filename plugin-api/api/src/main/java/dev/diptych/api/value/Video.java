// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.List;

/// Pictures of one size, one after the other at an even pace. Immutable.
///
/// @param frames          at least one; all with the same width, height and channels
/// @param framesPerSecond above 0, at most 1000
public record Video(List<Image> frames, double framesPerSecond) {
    private static final double FASTEST = 1000;

    /// Copies the list; the pictures are shared.
    ///
    /// @throws IllegalArgumentException if there is no frame, one differs in size, or the pace is outside its range
    public Video {
        frames = List.copyOf(frames);
        if (frames.isEmpty()) {
            throw new IllegalArgumentException("A video has at least one frame");
        }
        if (!(framesPerSecond > 0 && framesPerSecond <= FASTEST)) {
            throw new IllegalArgumentException(
                    "A video has more than 0 and at most 1000 frames per second, not " + framesPerSecond);
        }
        Image first = frames.getFirst();
        for (int i = 1; i < frames.size(); i++) {
            Image frame = frames.get(i);
            if (frame.width() != first.width()
                    || frame.height() != first.height()
                    || frame.channels() != first.channels()) {
                throw new IllegalArgumentException("Frame " + i + " of a video is " + frame + ", frame 0 is " + first);
            }
        }
    }

    /// In pixels.
    public int width() {
        return frames.getFirst().width();
    }

    /// In pixels.
    public int height() {
        return frames.getFirst().height();
    }

    /// 3 (RGB) or 4 (RGBA).
    public int channels() {
        return frames.getFirst().channels();
    }

    @Override
    public String toString() {
        return "Video["
                + frames.size()
                + " frames of "
                + width()
                + " x "
                + height()
                + " x "
                + channels()
                + ", "
                + framesPerSecond
                + " a second]";
    }
}
