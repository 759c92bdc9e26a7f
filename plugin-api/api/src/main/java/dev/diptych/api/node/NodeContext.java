// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;

import org.slf4j.Logger;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// What a running node may ask of its surroundings. Valid until `run` returns; usable from the thread that runs the node and from threads it starts.
public interface NodeContext {
    /// Turns of a loop. Before each turn cancellation is checked; progress and the time left are reported.
    ///
    /// @param count how many; none if 0 or less
    default Iterable<Step> steps(int count) {
        return each(IntStream.range(0, count).mapToObj(index -> new Step(index, count)).toList());
    }

    /// As [#steps(int)], over the elements of a list, none of them null. Can be gone through more than once; progress then begins anew.
    <T> Iterable<T> each(List<T> elements);

    /// Reports progress where there is no loop. Cheap: may be called often.
    ///
    /// @param fraction 0 to 1; what lies outside is clamped
    /// @param message  what is going on, a few words
    void progress(double fraction, String message);

    /// Offers a picture of the state of the work. The supplier is called only when somebody watches, at most ten times a second, at once and on the calling thread.
    /// Small is enough: 256 pixels wide.
    void preview(Supplier<Image> picture);

    /// Whether the job was cancelled; a node that loops for itself asks this at least once a second.
    boolean isCancelled();

    /// Ends the node if the job was cancelled.
    ///
    /// @throws java.util.concurrent.CancellationException if so; nodes let it pass
    void checkCancelled();

    /// A live model.
    ///
    /// @param component the part of the checkpoint, for example `decoder`
    /// @throws dev.diptych.api.error.NodeException if this process has no such model, naming those it has
    Model model(ModelReference reference, String component);

    /// What turns texts into the numbers that a component of the model reads. Adapters that bring words of their own have added these.
    ///
    /// @param component for example `tokenizer`; `model` for a folder that is one network with its tokenizer beside it
    /// @throws dev.diptych.api.error.NodeException if there is no such model or component, or no tokenizer in it
    Tokenizer tokenizer(ModelReference reference, String component);

    /// The published settings of any component: of a network, a scheduler, of what prepares its images.
    ///
    /// @param component for example `scheduler` or `feature_extractor`; `model_index` for those of the pipeline itself,
    ///                  `preprocessor` for what prepares the pictures of a folder that is one network
    /// @throws dev.diptych.api.error.NodeException if there is no such model or component
    Config config(ModelReference reference, String component);

    /// The names of the model's components, in the order in which they were published; `model` alone for a folder that is one network.
    ///
    /// @throws dev.diptych.api.error.NodeException if there is no such model, naming those there are
    List<String> components(ModelReference reference);

    /// The space that the model's embeddings live in: the same for every folder that holds the same CLIP, whatever its number format.
    ///
    /// @throws dev.diptych.api.error.NodeException if there is no such model, or it has no text or image encoder with a projection
    String embeddingSpace(ModelReference reference);

    /// An empty folder of this call's own, made at the first request and deleted when the node ends.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be made
    Path scratch();

    /// Its messages carry the workflow and the node, if they are written on the thread that called the node.
    Logger log();
}
