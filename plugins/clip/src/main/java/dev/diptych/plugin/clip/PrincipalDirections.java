// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip;

import dev.diptych.api.value.Embedding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The directions in which a set of vectors varies, the most important first: eigenvectors of its covariance, by Jacobi rotations of the matrix of inner
/// products (which is the smaller one when there are fewer vectors than dimensions, and has the same eigenvalues).
final class PrincipalDirections {
    private static final int MOST_SWEEPS = 60;

    private final double[] mean;
    private final List<double[]> directions;
    private final double[] variances;

    private PrincipalDirections(double[] mean, List<double[]> directions, double[] variances) {
        this.mean = mean;
        this.directions = directions;
        this.variances = variances;
    }

    static PrincipalDirections of(List<Embedding> set, Runnable between) {
        int dimensions = set.getFirst().vector().length();
        double[] mean = new double[dimensions];
        for (Embedding embedding : set) {
            float[] values = embedding.vector().floats();
            for (int i = 0; i < dimensions; i++) {
                mean[i] += values[i] / (double) set.size();
            }
        }
        double[][] centred = new double[set.size()][dimensions];
        for (int k = 0; k < set.size(); k++) {
            float[] values = set.get(k).vector().floats();
            for (int i = 0; i < dimensions; i++) {
                centred[k][i] = values[i] - mean[i];
            }
        }
        boolean isWide = set.size() <= dimensions;
        double[][] rows = isWide ? centred : transposed(centred);
        double[][] products = products(rows);
        double[][] vectors = identity(products.length);
        diagonalise(products, vectors, between);

        List<Integer> order =
                IntStream.range(0, products.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -products[i][i]))
                        .toList();
        double negligible = 1e-12 * Math.max(0, products[order.getFirst()][order.getFirst()]);
        List<double[]> directions = new ArrayList<>();
        List<Double> variances = new ArrayList<>();
        for (int column : order) {
            if (products[column][column] > negligible) {
                double[] weights = column(vectors, column);
                directions.add(normalized(isWide ? combined(centred, weights) : weights));
                variances.add(products[column][column]);
            }
        }
        return new PrincipalDirections(mean, directions, variances.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /// The mean, and what a vector differs from it in the first `count` directions.
    float[] reduced(float[] vector, int count) {
        double[] sum = mean.clone();
        for (double[] direction : directions.subList(0, Math.min(count, directions.size()))) {
            double share = 0;
            for (int i = 0; i < sum.length; i++) {
                share += (vector[i] - mean[i]) * direction[i];
            }
            for (int i = 0; i < sum.length; i++) {
                sum[i] += share * direction[i];
            }
        }
        float[] rounded = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            rounded[i] = (float) sum[i];
        }
        return rounded;
    }

    /// The share of the variance in the first `count` directions.
    double explained(int count) {
        double all = 0;
        double kept = 0;
        for (int i = 0; i < variances.length; i++) {
            all += variances[i];
            kept += i < count ? variances[i] : 0;
        }
        return all == 0 ? 1 : kept / all;
    }

    /// Rotates pairs of rows and columns until nothing is left beside the diagonal. Golub and Van Loan, "Matrix Computations", 8.5.
    private static void diagonalise(double[][] a, double[][] vectors, Runnable between) {
        int n = a.length;
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            between.run();
            double off = 0;
            double all = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    all += a[i][j] * a[i][j];
                    off += i == j ? 0 : a[i][j] * a[i][j];
                }
            }
            if (off <= 1e-26 * all) {
                return;
            }
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) {
                    if (a[p][q] != 0) {
                        rotate(a, vectors, p, q);
                    }
                }
            }
        }
    }

    private static void rotate(double[][] a, double[][] vectors, int p, int q) {
        double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double tangent = Math.signum(tau == 0 ? 1 : tau) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        double cosine = 1 / Math.sqrt(1 + tangent * tangent);
        double sine = tangent * cosine;
        for (int i = 0; i < a.length; i++) {
            double x = a[i][p];
            double y = a[i][q];
            a[i][p] = cosine * x - sine * y;
            a[i][q] = sine * x + cosine * y;
            x = vectors[i][p];
            y = vectors[i][q];
            vectors[i][p] = cosine * x - sine * y;
            vectors[i][q] = sine * x + cosine * y;
        }
        for (int i = 0; i < a.length; i++) {
            double x = a[p][i];
            double y = a[q][i];
            a[p][i] = cosine * x - sine * y;
            a[q][i] = sine * x + cosine * y;
        }
    }

    private static double[][] products(double[][] rows) {
        double[][] products = new double[rows.length][rows.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = 0;
                for (int k = 0; k < rows[i].length; k++) {
                    sum += rows[i][k] * rows[j][k];
                }
                products[i][j] = sum;
                products[j][i] = sum;
            }
        }
        return products;
    }

    private static double[] combined(double[][] rows, double[] weights) {
        double[] sum = new double[rows[0].length];
        for (int k = 0; k < rows.length; k++) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weights[k] * rows[k][i];
            }
        }
        return sum;
    }

    private static double[] normalized(double[] vector) {
        double norm = 0;
        for (double value : vector) {
            norm += value * value;
        }
        double[] unit = new double[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = vector[i] / Math.sqrt(norm);
        }
        return unit;
    }

    private static double[] column(double[][] matrix, int column) {
        double[] values = new double[matrix.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix[i][column];
        }
        return values;
    }

    private static double[][] transposed(double[][] matrix) {
        double[][] turned = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[0].length; j++) {
                turned[j][i] = matrix[i][j];
            }
        }
        return turned;
    }

    private static double[][] identity(int size) {
        double[][] identity = new double[size][size];
        for (int i = 0; i < size; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }
}
