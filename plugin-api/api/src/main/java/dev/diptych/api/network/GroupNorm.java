// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

/// Group normalisation. Wu and He, arXiv:1803.08494.
public final class GroupNorm extends Module {
    private final Parameter weight;
    private final Parameter bias;
    private final transient int groups;
    private final transient double epsilon;

    public GroupNorm(int groups, int channels) {
        this(groups, channels, 1e-5);
    }

    public GroupNorm(int groups, int channels, double epsilon) {
        weight = new Parameter(channels);
        bias = new Parameter(channels);
        this.groups = groups;
        this.epsilon = epsilon;
    }

    /// (batch, channels, …) → the same shape
    public Symbol of(Symbol x) {
        return x.groupNorm(groups, weight, bias, epsilon);
    }
}
