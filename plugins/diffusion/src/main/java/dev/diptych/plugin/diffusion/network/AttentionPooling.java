// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;

/// A row of tokens as one vector: their mean looks at them all. Radford et al., arXiv:2103.00020, section 2.4 ("attention pooling").
final class AttentionPooling extends Module {
    private final Parameter positionalEmbedding;
    private final Linear kProj;
    private final Linear qProj;
    private final Linear vProj;
    private final transient Heads heads;

    AttentionPooling(int width, int heads) {
        positionalEmbedding = new Parameter(1, width);
        kProj = new Linear(width, width);
        qProj = new Linear(width, width);
        vProj = new Linear(width, width);
        this.heads = new Heads(heads);
    }

    /// (batch, tokens, width) → (batch, width)
    Symbol of(Symbol x) {
        var mean = x.mean(true, 1).plus(positionalEmbedding); // (batch, 1, width)
        var all = Symbol.concatenate(1, mean, x);
        var q = heads.split(qProj.of(mean));
        var k = heads.split(kProj.of(all));
        var v = heads.split(vProj.of(all));
        return heads.attend(q, k, v, null).squeeze(1);
    }
}
