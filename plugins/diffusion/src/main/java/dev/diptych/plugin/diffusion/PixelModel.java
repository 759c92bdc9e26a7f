// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.SymbolType;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.gaussian.GuidedSettings;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.sampling.Watcher;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A network that makes pictures from noise alone, for the time of one node's run: a diffusers folder with `unet` (`UNet2DModel`, or guided-diffusion's `UNetModel`) and `scheduler`, or a
/// folder that is one such network. It may know classes; whatever else a network wants to be told is refused before anything is computed.
final class PixelModel {
    private static final String UNET = "unet";
    private static final String ONLY = "model";
    private static final String SCHEDULER = "scheduler";

    /// What the references call the noisy picture, its time, and its class.
    private static final List<String> PICTURES = List.of("sample", "x");

    private static final List<String> TIMES = List.of("timestep", "timesteps");
    private static final List<String> LABELS = List.of("class_labels", "y");

    /// Components of pipelines whose network works on something else than pixels.
    private static final List<String> AUTOENCODERS = List.of("vae", "vqvae");

    private final NodeContext context;
    private final ModelReference reference;
    private final Model network;
    private final NetworkFunction function;
    private final PixelProcess process;
    private final int channels;

    private PixelModel(
            NodeContext context,
            ModelReference reference,
            Model network,
            NetworkFunction function,
            PixelProcess process) {
        this.context = context;
        this.reference = reference;
        this.network = network;
        this.function = function;
        this.process = process;
        this.channels = network.config().integer("in_channels", 3);
    }

    /// @throws NodeException `diffusion/no-network`, `diffusion/other-space`, `diffusion/no-unconditional-branch`, `diffusion/other-network`, `diffusion/unknown-solver`
    static PixelModel of(NodeContext context, ModelReference reference) {
        List<String> components = context.components(reference);
        String component = components.contains(UNET) ? UNET : ONLY;
        if (!components.contains(component)) {
            throw NodeException.user(
                            "diffusion/no-network",
                            "%s has no network that makes pictures from noise alone; it has %s.",
                            reference.id(),
                            String.join(", ", components))
                    .next("Choose a DDPM folder of diffusers, or a network of guided-diffusion.");
        }
        if (components.stream().anyMatch(AUTOENCODERS::contains)) {
            throw NodeException.user(
                            "diffusion/other-space",
                            "The network of %s works on what an autoencoder makes of pictures, not on pixels.",
                            reference.id())
                    .next("Use the nodes of latent diffusion, or a model that works on pixels.");
        }
        Model network = context.model(reference, component);
        NetworkFunction function = function(reference, network);
        PixelProcess process =
                components.contains(SCHEDULER)
                        ? new PublishedProcess(context.config(reference, SCHEDULER).values())
                        : GuidedSettings.isGuided(network.config())
                                ? new GuidedProcess(GuidedSettings.of(network.config()))
                                : new PublishedProcess(Map.of("_class_name", "DDPMScheduler"));
        PixelModel model = new PixelModel(context, reference, network, function, process);
        model.requirePlainChannels();
        return model;
    }

    private static NetworkFunction function(ModelReference reference, Model network) {
        for (NetworkFunction candidate : network.network().functions()) {
            Set<String> names = candidate.inputNames();
            boolean isPlain =
                    candidate.name().equals(Model.FORWARD)
                            && first(names, PICTURES).isPresent()
                            && first(names, TIMES).isPresent()
                            && names.size() == (first(names, LABELS).isPresent() ? 3 : 2);
            if (isPlain && !isToldNumbers(candidate)) {
                return candidate;
            }
        }
        throw NodeException.user(
                        "diffusion/no-unconditional-branch",
                        "The network of %s is told more than a noisy picture, its time and a class, and cannot do without: %s.",
                        reference.id(),
                        network.network().functions().stream()
                                .map(each -> String.join(", ", each.inputNames()))
                                .findFirst()
                                .orElse("it has no function"))
                .next("Use the nodes of its own family, or a model that makes pictures from noise alone.");
    }

    /// Whether its classes are numbers of another kind: a second time, or what an encoder gives.
    private static boolean isToldNumbers(NetworkFunction function) {
        return function.inputs().stream()
                .anyMatch(input -> LABELS.contains(input.name()) && input.symbol().type() != SymbolType.INT64);
    }

    private static Optional<String> first(Set<String> names, List<String> candidates) {
        return candidates.stream().filter(names::contains).findFirst();
    }

    private void requirePlainChannels() {
        int out = network.config().integer("out_channels", 3);
        if (out != channels && out != 2 * channels) {
            throw NodeException.user(
                            "diffusion/other-network",
                            "The network of %s takes %d channels and gives %d: it is shown a second picture.",
                            reference.id(),
                            channels,
                            out)
                    .next("Choose a network that gives as many channels as it takes, or twice as many.");
        }
    }

    /// What an inverted latent remembers it by.
    String name() {
        return FoundPath.nameOf(reference);
    }

    int channels() {
        return channels;
    }

    PixelProcess process() {
        return process;
    }

    /// The shape of one picture, (1, channels, height, width).
    ///
    /// @param height, width in pixels; null for those that the network was trained for
    /// @throws NodeException `diffusion/size`
    int[] shape(@Nullable Integer height, @Nullable Integer width) {
        int[] shape = {1, channels, height == null ? usual(0) : height, width == null ? usual(1) : width};
        List<Size> wanted = input(PICTURES).symbol().shape();
        for (int dimension = 2; dimension < 4; dimension++) {
            Long known = wanted.get(dimension).known();
            Size.Declared declared = wanted.get(dimension).declared();
            long multiple = known != null ? known : declared == null ? 1 : declared.multiple();
            if (shape[dimension] % multiple != 0 || known != null && shape[dimension] != known) {
                throw NodeException.user(
                        "diffusion/size",
                        "The picture would have %d x %d pixels; %s makes %s %d.",
                        shape[3],
                        shape[2],
                        reference.id(),
                        known != null ? "widths and heights of" : "widths and heights that are multiples of",
                        multiple);
            }
        }
        return shape;
    }

    private int usual(int index) {
        Config config = network.config();
        if (config.has("sample_size")) {
            return config.integersFor("sample_size", 2, 0).get(index);
        }
        if (config.has("image_size")) {
            return config.integer("image_size");
        }
        throw NodeException.user("diffusion/size", "%s does not say at which size it makes pictures.", reference.id())
                .next("Set width and height.");
    }

    /// The side of its pictures, for a network that makes squares.
    int side() {
        return Math.min(usual(0), usual(1));
    }

    /// The network with its class filled in.
    ///
    /// @param label of the class; null for a network that knows none
    /// @throws NodeException `diffusion/needs-class`, `diffusion/no-classes`, `diffusion/class`
    Denoiser denoiser(@Nullable Integer label) {
        requireLabel(label);
        String picture = input(PICTURES).name();
        String time = input(TIMES).name();
        Optional<String> classes = first(function.inputNames(), LABELS);
        return (x, timestep) -> {
            Map<String, Tensor> inputs = new HashMap<>();
            inputs.put(picture, x);
            inputs.put(time, times(timestep, x.size(0)));
            classes.ifPresent(name -> inputs.put(name, labels(Objects.requireNonNull(label), x.size(0))));
            return network.call(inputs).values().iterator().next();
        };
    }

    private void requireLabel(@Nullable Integer label) {
        boolean hasClasses = first(function.inputNames(), LABELS).isPresent();
        Config config = network.config();
        int count = config.integer("num_classes", config.integer("num_class_embeds", 0));
        if (hasClasses && label == null) {
            throw NodeException.user(
                            "diffusion/needs-class",
                            "%s was trained with %d classes, and has no branch without one.",
                            reference.id(),
                            count)
                    .next("Set \"label\" to 0 … %d.".formatted(count - 1));
        }
        if (!hasClasses && label != null) {
            throw NodeException.user(
                            "diffusion/no-classes",
                            "The label %d is given, but the network of %s knows no classes.",
                            label,
                            reference.id())
                    .next("Leave \"label\" open, or link a classifier to \"classifier\".");
        }
        if (label != null && (label < 0 || label >= count)) {
            throw NodeException.user(
                    "diffusion/class",
                    "The label %d is outside of the classes of %s, 0 … %d.",
                    label,
                    reference.id(),
                    count - 1);
        }
    }

    /// Whether it is told a class.
    boolean hasClasses() {
        return first(function.inputNames(), LABELS).isPresent();
    }

    private NetworkFunction.Input input(List<String> names) {
        return function.inputs().stream().filter(input -> names.contains(input.name())).findFirst().orElseThrow();
    }

    /// The same time for each row.
    static Tensor times(double timestep, int rows) {
        float[] values = new float[rows];
        Arrays.fill(values, (float) timestep);
        return Tensor.ofFloats(values, rows);
    }

    /// The same class for each row.
    static Tensor labels(int label, int rows) {
        long[] values = new long[rows];
        Arrays.fill(values, label);
        return Tensor.ofLongs(values, rows);
    }

    /// Progress, cancellation, and the picture in mind as a preview.
    Watcher watcher() {
        return Watcher.of(context, Channels::image);
    }
}
