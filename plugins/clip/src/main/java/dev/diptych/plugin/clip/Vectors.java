// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Tensor;

import java.util.List;

/// Geometry of embeddings, in double precision.
public final class Vectors {
    private static final double NEARLY_PARALLEL = 1e-6;

    private Vectors() {}

    public static double norm(Embedding a) {
        return Math.sqrt(dot(a, a));
    }

    public static double dot(Embedding a, Embedding b) {
        requireOneSpace(a, b);
        float[] x = a.vector().floats();
        float[] y = b.vector().floats();
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (double) x[i] * y[i];
        }
        return sum;
    }

    public static double cosine(Embedding a, Embedding b) {
        return dot(a, b) / (requireDirection(a) * requireDirection(b));
    }

    /// The angle between two, in radians.
    public static double angle(Embedding a, Embedding b) {
        return Math.acos(Math.clamp(cosine(a, b), -1, 1));
    }

    /// Of the same direction, with another norm.
    public static Embedding withNorm(Embedding a, double norm) {
        return combination(List.of(a), new double[] {norm / requireDirection(a)});
    }

    /// The sum of multiples.
    public static Embedding combination(List<Embedding> embeddings, double[] factors) {
        Embedding first = embeddings.getFirst();
        double[] sum = new double[first.vector().length()];
        for (int k = 0; k < factors.length; k++) {
            requireOneSpace(first, embeddings.get(k));
            float[] values = embeddings.get(k).vector().floats();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += factors[k] * values[i];
            }
        }
        float[] rounded = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            rounded[i] = (float) sum[i];
        }
        return new Embedding(Tensor.ofFloats(rounded, rounded.length), first.space());
    }

    /// Rotates the unit vector of `a` towards that of `b` by the fraction `t` of the angle between them, and gives it a norm.
    /// At the ends it is the given vector, to the bit, where the norm is that vector's own. Shoemake, "Animating rotation with quaternion curves", 1985.
    ///
    /// @param t 0 gives the direction of a, 1 that of b
    public static Embedding rotated(Embedding a, Embedding b, double t, double norm) {
        double lengthA = requireDirection(a);
        double lengthB = requireDirection(b);
        if (t == 0 && norm == lengthA) {
            return a;
        }
        if (t == 1 && norm == lengthB) {
            return b;
        }
        double angle = angle(a, b);
        double partA;
        double partB;
        if (Math.sin(angle) < NEARLY_PARALLEL) {
            if (angle > 1) {
                throw NodeException.user(
                                "clip/opposite",
                                "The two embeddings point in opposite directions: no rotation leads from one to the other.")
                        .next("Go by way of a third.");
            }
            partA = 1 - t;
            partB = t;
        } else {
            partA = Math.sin((1 - t) * angle) / Math.sin(angle);
            partB = Math.sin(t * angle) / Math.sin(angle);
        }
        return combination(List.of(a, b), new double[] {partA * norm / lengthA, partB * norm / lengthB});
    }

    /// @return the norm
    /// @throws NodeException if it is 0 or no number
    static double requireDirection(Embedding a) {
        double norm = norm(a);
        if (!(norm > 0) || Double.isInfinite(norm)) {
            throw NodeException.user("clip/no-direction", "An embedding has the norm %s, so it points nowhere.", norm)
                    .next("Check what made it: two equal captions have no difference.");
        }
        return norm;
    }

    /// @throws NodeException naming both spaces
    public static void requireOneSpace(Embedding a, Embedding b) {
        if (!a.space().equals(b.space()) || a.vector().length() != b.vector().length()) {
            throw NodeException.user(
                            "clip/other-space",
                            "Embeddings of two spaces meet: %s (%d dimensions) and %s (%d dimensions).",
                            shown(a.space()),
                            a.vector().length(),
                            shown(b.space()),
                            b.vector().length())
                    .next("Make both with the same CLIP.");
        }
    }

    private static String shown(String space) {
        return space.length() > 16 ? space.substring(0, 16) : space;
    }
}
