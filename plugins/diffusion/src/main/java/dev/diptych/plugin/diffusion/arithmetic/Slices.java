// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.arithmetic;

import dev.diptych.api.value.Tensor;

import java.util.Arrays;

/// Cutting and joining float32 tensors along batch (dimension 0) and channels (dimension 1), and cutting pictures.
public final class Slices {
    private Slices() {}

    /// Samples `from` to `to - 1`.
    public static Tensor samples(Tensor x, int from, int to) {
        int[] shape = x.shape();
        if (from < 0 || to < from || to > shape[0]) {
            throw new IllegalArgumentException("Samples %d to %d of %d".formatted(from, to, shape[0]));
        }
        int size = shape[0] == 0 ? 0 : x.length() / shape[0];
        shape[0] = to - from;
        return Tensor.ofFloats(Arrays.copyOfRange(x.floats(), from * size, to * size), shape);
    }

    /// Channels `from` to `to - 1` of every sample.
    public static Tensor channels(Tensor x, int from, int to) {
        int[] shape = x.shape();
        if (from < 0 || to < from || to > shape[1]) {
            throw new IllegalArgumentException("Channels %d to %d of %d".formatted(from, to, shape[1]));
        }
        int plane = plane(shape);
        int stride = shape[1] * plane;
        int size = (to - from) * plane;
        float[] out = new float[shape[0] * size];
        for (int sample = 0; sample < shape[0]; sample++) {
            System.arraycopy(x.floats(), sample * stride + from * plane, out, sample * size, size);
        }
        shape[1] = to - from;
        return Tensor.ofFloats(out, shape);
    }

    /// A rectangle of every picture, from its upper left corner on.
    ///
    /// @param x (batch, channels, height, width)
    public static Tensor window(Tensor x, int top, int left, int height, int width) {
        int rows = x.size(2);
        int columns = x.size(3);
        if (top < 0 || left < 0 || height < 0 || width < 0 || top + height > rows || left + width > columns) {
            throw new IllegalArgumentException(
                    "%d x %d from (%d, %d) on of %d x %d".formatted(width, height, left, top, columns, rows));
        }
        int planes = x.size(0) * x.size(1);
        float[] out = new float[planes * height * width];
        for (int plane = 0; plane < planes; plane++) {
            for (int y = 0; y < height; y++) {
                System.arraycopy(
                        x.floats(),
                        (plane * rows + top + y) * columns + left,
                        out,
                        (plane * height + y) * width,
                        width);
            }
        }
        return Tensor.ofFloats(out, x.size(0), x.size(1), height, width);
    }

    /// Samples of floats or of integers by their numbers, each as often as it is named.
    public static Tensor picked(Tensor x, int... samples) {
        int each = x.length() / x.size(0);
        boolean isWhole = x.type() == Tensor.Type.INT64;
        Object from = isWhole ? x.longs() : x.floats();
        Object to = isWhole ? new long[samples.length * each] : new float[samples.length * each];
        for (int i = 0; i < samples.length; i++) {
            System.arraycopy(from, samples[i] * each, to, i * each, each);
        }
        int[] shape = x.shape();
        shape[0] = samples.length;
        return to instanceof long[] longs ? Tensor.ofLongs(longs, shape) : Tensor.ofFloats((float[]) to, shape);
    }

    /// One batch after the other. All dimensions but the first are equal.
    public static Tensor joinSamples(Tensor x, Tensor y) {
        int[] shape = x.shape();
        int[] other = y.shape();
        shape[0] = other[0];
        if (!Arrays.equals(shape, other)) {
            throw new IllegalArgumentException(
                    "Batches of shapes %s and %s cannot be joined"
                            .formatted(Arrays.toString(x.shape()), Arrays.toString(other)));
        }
        float[] out = Arrays.copyOf(x.floats(), x.length() + y.length());
        System.arraycopy(y.floats(), 0, out, x.length(), y.length());
        shape[0] = x.size(0) + other[0];
        return Tensor.ofFloats(out, shape);
    }

    /// The batch over and over, until there are as many rows.
    ///
    /// @throws IllegalArgumentException if the batch does not fit into that number
    public static Tensor repeated(Tensor batch, int rows) {
        if (rows < 1 || rows % batch.size(0) != 0) {
            throw new IllegalArgumentException(batch.size(0) + " rows cannot be repeated to " + rows);
        }
        float[] out = new float[batch.length() / batch.size(0) * rows];
        for (int at = 0; at < out.length; at += batch.length()) {
            System.arraycopy(batch.floats(), 0, out, at, batch.length());
        }
        int[] shape = batch.shape();
        shape[0] = rows;
        return Tensor.ofFloats(out, shape);
    }

    /// The channels of one behind those of the other. All dimensions but the second are equal.
    public static Tensor joinChannels(Tensor x, Tensor y) {
        int[] shape = x.shape();
        int[] other = y.shape();
        shape[1] = other[1];
        if (!Arrays.equals(shape, other)) {
            throw new IllegalArgumentException(
                    "Channels of shapes %s and %s cannot be joined"
                            .formatted(Arrays.toString(x.shape()), Arrays.toString(other)));
        }
        int plane = plane(shape);
        int first = x.size(1) * plane;
        int second = other[1] * plane;
        float[] out = new float[x.length() + y.length()];
        for (int sample = 0; sample < shape[0]; sample++) {
            System.arraycopy(x.floats(), sample * first, out, sample * (first + second), first);
            System.arraycopy(y.floats(), sample * second, out, sample * (first + second) + first, second);
        }
        shape[1] = x.size(1) + other[1];
        return Tensor.ofFloats(out, shape);
    }

    private static int plane(int[] shape) {
        int plane = 1;
        for (int i = 2; i < shape.length; i++) {
            plane *= shape[i];
        }
        return plane;
    }
}
