// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Named;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A U-Net that is told the time, and looks at a text or at a picture's embedding. Rombach et al., arXiv:2112.10752, section 3.3.
final class ConditionalUNet extends Module {
    private static final String TEXT = "encoder_hidden_states";
    private static final String TIMESTEP_CONDITION = "timestep_cond";
    private static final String TEXT_MASK = "encoder_attention_mask";
    private static final String MASK = "attention_mask";

    private final TimestepProjection timeProj;
    private final TimestepEmbedding timeEmbedding;
    private final @Nullable ClassEmbedding classEmbedding;
    private final @Nullable AddedEmbedding addEmbedding;
    private final @Nullable TextProjection encoderHidProj;

    @Named("")
    private final UNet unet;

    private final transient Traits traits;

    /// What is no layer.
    ///
    /// @param sampleChannels     of the input `sample`
    /// @param sizeMultiple       which height and width are multiples of
    /// @param centersSample      whether the sample comes as 0 to 1 and is made -1 to 1
    /// @param conditionWidth     of the input `timestep_cond`; null if there is none
    /// @param concatenatesClass  whether the class stands beside the time, instead of being added
    /// @param embeddingActivation applied once to the sum of all embeddings; null for none
    /// @param textWidth          of the text that a call gives; null if the network reads none
    /// @param masksText          whether attention takes a mask of the text's tokens
    /// @param masksOnlyText      whether all of its attention is to the text, so that both masks are for its tokens
    record Traits(
            int sampleChannels,
            int sizeMultiple,
            boolean centersSample,
            @Nullable Integer conditionWidth,
            boolean concatenatesClass,
            @Nullable Activation embeddingActivation,
            @Nullable Integer textWidth,
            boolean masksText,
            boolean masksOnlyText) {}

    ConditionalUNet(
            TimestepProjection timeProj,
            TimestepEmbedding timeEmbedding,
            @Nullable ClassEmbedding classEmbedding,
            @Nullable AddedEmbedding addEmbedding,
            @Nullable TextProjection encoderHidProj,
            UNet unet,
            Traits traits) {
        this.timeProj = timeProj;
        this.timeEmbedding = timeEmbedding;
        this.classEmbedding = classEmbedding;
        this.addEmbedding = addEmbedding;
        this.encoderHidProj = encoderHidProj;
        this.unet = unet;
        this.traits = traits;
    }

    /// What a call may give or leave out.
    List<String> optionalInputs() {
        List<String> names = new ArrayList<>();
        if (traits.conditionWidth() != null) {
            names.add(TIMESTEP_CONDITION);
        }
        if (traits.masksText()) {
            names.add(TEXT_MASK);
        }
        if (traits.masksOnlyText()) {
            names.add(MASK);
        }
        if (traits.textWidth() == null) {
            names.add(TEXT); // callers that know any U-Net give it; it changes nothing
        }
        return names;
    }

    void forward(FunctionScope f, Set<String> optional) {
        var inputs = new Inputs(f, optional);
        var sample = sample(inputs);
        var given = text(inputs);
        var embedding = embedding(inputs, given);
        var text = encoderHidProj == null ? given : encoderHidProj.of(inputs, given);
        var conditioning =
                new Conditioning(embedding, text, mask(inputs, MASK, text), mask(inputs, TEXT_MASK, text), Size.of(1));
        f.output("sample", unet.of(sample, conditioning));
    }

    /// (batch, channels, height, width)
    private Symbol sample(Inputs inputs) {
        int multiple = traits.sizeMultiple();
        var sample =
                inputs.rows(
                        "sample",
                        traits.sampleChannels(),
                        inputs.size("height", multiple),
                        inputs.size("width", multiple));
        var centered = traits.centersSample() ? sample.times(2).minus(1) : sample;
        var beside = addEmbedding == null ? null : addEmbedding.besideSample(inputs, sample);
        return beside == null ? centered : Symbol.concatenate(1, centered, beside);
    }

    /// (batch, tokens, textWidth), as the call gives it; null if the network reads none
    private @Nullable Symbol text(Inputs inputs) {
        if (traits.textWidth() != null) {
            return inputs.rows(TEXT, inputs.size("tokens"), traits.textWidth());
        }
        if (inputs.has(TEXT)) {
            inputs.rows(TEXT, inputs.size("tokens"), inputs.size("text_width"));
        }
        return null;
    }

    /// (batch, embeddingWidth)
    private Symbol embedding(Inputs inputs, @Nullable Symbol text) {
        var time = timeProj.of(inputs.rows("timestep", timeProj.type()));
        var condition = inputs.has(TIMESTEP_CONDITION) ? timestepCondition(inputs) : null;
        var embedding = timeEmbedding.of(time, condition);
        if (classEmbedding != null) {
            var ofClass = classEmbedding.of(inputs);
            embedding =
                    traits.concatenatesClass() ? Symbol.concatenate(1, embedding, ofClass) : embedding.plus(ofClass);
        }
        if (addEmbedding != null) {
            embedding = embedding.plus(addEmbedding.of(inputs, text));
        }
        return traits.embeddingActivation() == null ? embedding : traits.embeddingActivation().of(embedding);
    }

    private @Nullable Symbol timestepCondition(Inputs inputs) {
        return traits.conditionWidth() == null ? null : inputs.rows(TIMESTEP_CONDITION, traits.conditionWidth());
    }

    /// (batch, 1, 1, tokens); null if the call masks nothing
    private static @Nullable Symbol mask(Inputs inputs, String name, @Nullable Symbol text) {
        return text != null && inputs.has(name)
                ? Conditioning.bias(inputs.rows(name, SymbolType.INT64, text.size(1)))
                : null;
    }
}
