// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.ModelProvider;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// The surroundings of a pipeline that is held against its reference: it has a model, and nobody watches. Whatever model is asked for, it is that one.
record CaseNode(ModelProvider models, ModelReference reference, CallScope scope) implements NodeContext {
    private static final Logger LOG = LoggerFactory.getLogger(CaseNode.class);

    @Override
    public <T> Iterable<T> each(List<T> elements) {
        return elements;
    }

    @Override
    public void progress(double fraction, String message) {}

    @Override
    public void preview(Supplier<Image> picture) {}

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void checkCancelled() {}

    @Override
    public Model model(ModelReference asked, String component) {
        return models.model(reference, component, scope);
    }

    @Override
    public Tokenizer tokenizer(ModelReference asked, String component) {
        return models.tokenizer(reference, component);
    }

    @Override
    public Config config(ModelReference asked, String component) {
        return models.config(reference, component);
    }

    @Override
    public List<String> components(ModelReference asked) {
        return models.components(reference);
    }

    @Override
    public String embeddingSpace(ModelReference asked) {
        return models.embeddingSpace(reference);
    }

    @Override
    public Path scratch() {
        throw new UnsupportedOperationException("A conformance case has no scratch folder");
    }

    @Override
    public Logger log() {
        return LOG;
    }
}
