// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// Makes normal numbers of uniform ones, sixteen at a time and in float32, to the last bit as PyTorch does on a processor with AVX2
/// (`normal_fill_16_AVX2`, whose functions are those of avx_mathfun, which are those of Cephes). Elsewhere PyTorch rounds a few of them differently.
///
/// Fused multiply-adds stand where the compiler of PyTorch's binaries has fused.
final class BoxMuller {
    static final int GROUP = 16;

    private static final int PAIRS = GROUP / 2;
    private static final float TWO_PI = (float) (2 * Math.PI);
    private static final float FOUR_OVER_PI = 1.27323954473516f;
    private static final float SQRT_HALF = 0.707106781186547524f;

    private BoxMuller() {}

    /// Turns the sixteen uniform numbers in [0, 1) from `start` into normal ones: `start + i` and `start + i + 8` are a pair.
    static void transform(float[] data, int start) {
        for (int i = start; i < start + PAIRS; i++) {
            float radius = (float) Math.sqrt(-2 * log(1 - data[i]));
            toNormal(data, i, radius, TWO_PI * data[i + PAIRS]);
        }
    }

    /// @param theta in [0, 2π]
    private static void toNormal(float[] data, int i, float radius, float theta) {
        int octant = ((int) (theta * FOUR_OVER_PI) + 1) & ~1;
        // x = theta - octant · π/4, by a π/4 in three parts
        float x = Math.fma((float) octant, -0.78515625f, theta);
        x = Math.fma((float) octant, -2.4187564849853515625e-4f, x);
        x = Math.fma((float) octant, -3.77489497744594108e-8f, x);
        float z = x * x;

        float cos = Math.fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
        cos = Math.fma(cos, z, 4.166664568298827e-2f);
        cos = Math.fma(cos * z, z, -(z * 0.5f)) + 1;

        float sin = Math.fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
        sin = Math.fma(sin, z, -1.6666654611e-1f);
        sin = Math.fma(sin * z, x, x);

        boolean isSwapped = (octant & 2) != 0;
        float cosine = isSwapped ? sin : cos;
        float sine = isSwapped ? cos : sin;
        data[i] = radius * negatedIf(~(octant - 2) & 4, cosine);
        data[i + PAIRS] = radius * negatedIf(octant & 4, sine);
    }

    /// Without a branch, which would be guessed wrong half the time.
    ///
    /// @param four 4 or 0
    private static float negatedIf(int four, float value) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ (four << 29));
    }

    /// The natural logarithm.
    ///
    /// @param value in (0, 1]: a multiple of 2^-24, hence no subnormal number
    private static float log(float value) {
        int bits = Float.floatToRawIntBits(value);
        float e = (bits >>> 23) - 126;
        float mantissa = Float.intBitsToFloat((bits & 0x007fffff) | 0x3f000000); // in [0.5, 1)
        boolean isLow = mantissa < SQRT_HALF;
        float x = isLow ? mantissa - 1 + mantissa : mantissa - 1;
        e = isLow ? e - 1 : e;
        float z = x * x;

        float y = Math.fma(7.0376836292e-2f, x, -1.1514610310e-1f);
        y = Math.fma(y, x, 1.1676998740e-1f);
        y = Math.fma(y, x, -1.2420140846e-1f);
        y = Math.fma(y, x, 1.4249322787e-1f);
        y = Math.fma(y, x, -1.6668057665e-1f);
        y = Math.fma(y, x, 2.0000714765e-1f);
        y = Math.fma(y, x, -2.4999993993e-1f);
        y = Math.fma(y, x, 3.3333331174e-1f);
        y = Math.fma(y * x, z, e * -2.12194440e-4f);
        y = Math.fma(-z, 0.5f, y);
        return Math.fma(e, 0.693359375f, x + y);
    }
}
