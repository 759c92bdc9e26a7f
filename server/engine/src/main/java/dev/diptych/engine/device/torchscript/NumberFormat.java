// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

/// The floating-point format that a network's weights have and its arithmetic is done in.
public enum NumberFormat {
    FLOAT32(6, 4),
    BFLOAT16(15, 2),
    FLOAT16(5, 2);

    private final int scalarType;
    private final int bytes;

    NumberFormat(int scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /// The number that libtorch has for it.
    public int scalarType() {
        return scalarType;
    }

    public int bytes() {
        return bytes;
    }

    /// As PyTorch calls it.
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
