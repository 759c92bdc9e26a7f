// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How a picture comes out of noise.
@Extension
@NodeType(
        id = "diffusion/film-strip",
        title = "Film strip",
        group = "Diffusion",
        description =
                "Samples a picture and shows the way: above what the network was shown, below the picture it had in mind. Early steps settle colours and composition, late ones detail. Compare eta 0 with eta 1, or 10 steps with 100, from one noise.")
public final class FilmStrip implements Node<FilmStrip.In, FilmStrip.Out> {
    private static final int GAP = 4;
    private static final int MOST_PIXELS = 64_000_000;

    public record In(
            @Help("A model that makes pictures from noise alone, or from noise and a class") ModelReference model,
            @Help("From diffusion/noise or diffusion/invert; left open, drawn from the seed") Optional<Latent> noise,
            @Help("Another seed, another picture") @Default("0") Seed seed,
            @Help("As of diffusion/sample") @Default("ddim") SamplingMethod method,
            @Help("Of the way; left open, 50, or as the noise was found") @Range(min = 1, max = 1000, step = 1)
                    Optional<Integer> steps,
            @Help("Only for ddim: 0 is deterministic, 1 draws as much noise at each step as ddpm; left open, 0")
                    @Range(min = 0, max = 1, step = 0.05)
                    Optional<Double> eta,
            @Help(
                            "Whether predictions are kept within the range of pictures; left open, as the model was published, or no from inverted noise")
                    Optional<Boolean> clip,
            @Help("The class to show, for a model that knows classes") @Range(min = 0, max = 100000, step = 1)
                    Optional<Integer> label,
            @Help("How many steps are shown, evenly spread from the first to the last")
                    @Default("8")
                    @Range(min = 1, max = 100, step = 1)
                    int frames,
            @Help("Which steps are shown, from 1; left open, as many as \"frames\" says")
                    @Range(min = 1, max = 2000, step = 1)
                    Optional<List<Integer>> shown,
            @Help("Side of a frame on the sheet, in pixels") @Default("128") @Range(min = 8, max = 1024, step = 1)
                    int cell) {}

    public record Out(
            @Help("Above what the network was shown, below the picture it had in mind; time runs to the right")
                    Image sheet,
            @Help("The upper row at its own size, for image/grid") List<Image> noisy,
            @Help("The lower row at its own size") List<Image> denoised,
            @Help("What stands under the frames, \"t = 980\", for image/grid") List<String> captions,
            @Help("The picture at the end of the way") Image image) {}

    /// A step that is shown.
    private record Frame(double timestep, Image noisy, Image denoised) {}

    @Override
    public Out run(In in, NodeContext context) {
        PixelModel model = PixelModel.of(context, in.model());
        List<Frame> frames = new ArrayList<>();
        PixelSampling.Sampled sampled =
                new PixelSampling(model)
                        .seenBy((at, count, x, denoised) -> {
                            if (isShown(in, at.index(), count)) {
                                frames.add(new Frame(at.timestep(), image(x), image(denoised)));
                            }
                        })
                        .sample(
                                new PixelSampling.Wishes(
                                        in.noise().orElse(null),
                                        in.seed(),
                                        in.method(),
                                        in.steps().orElse(null),
                                        in.eta().orElse(null),
                                        in.clip().orElse(null),
                                        in.label().orElse(null),
                                        null,
                                        null));
        if (frames.isEmpty()) {
            throw NodeException.user("diffusion/no-frame", "None of the steps that should be shown was made.")
                    .next("Write numbers from 1 to the number of steps in \"shown\", or leave it open.");
        }
        return new Out(
                sheet(frames, in.cell(), context),
                frames.stream().map(Frame::noisy).toList(),
                frames.stream().map(Frame::denoised).toList(),
                frames.stream().map(frame -> "t = " + (int) frame.timestep()).toList(),
                image(sampled.picture()));
    }

    private static boolean isShown(In in, int index, int count) {
        return in.shown()
                .map(chosen -> chosen.contains(index + 1))
                .orElseGet(() -> spread(count, Math.min(in.frames(), count)).contains(index));
    }

    private static List<Integer> spread(int count, int frames) {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            chosen.add(frames == 1 ? count - 1 : (int) Math.round(i * (count - 1.0) / (frames - 1)));
        }
        return chosen;
    }

    private static Image image(Tensor x) {
        return Channels.image(x);
    }

    private static Image sheet(List<Frame> frames, int cell, NodeContext context) {
        int pitch = cell + GAP;
        long width = (long) frames.size() * pitch + GAP;
        int height = 2 * pitch + GAP;
        if (width * height > MOST_PIXELS) {
            throw NodeException.user("diffusion/sheet-too-large", "The sheet would have %d x %d pixels.", width, height)
                    .next("Show fewer steps, or make the cells smaller.");
        }
        byte[] bytes = new byte[(int) width * height * 3];
        Arrays.fill(bytes, (byte) 255);
        for (int i = 0; i < frames.size(); i++) {
            context.checkCancelled();
            paste(bytes, (int) width, frames.get(i).noisy(), cell, GAP + i * pitch, GAP);
            paste(bytes, (int) width, frames.get(i).denoised(), cell, GAP + i * pitch, GAP + pitch);
        }
        return Image.ofBytes((int) width, height, 3, bytes);
    }

    private static void paste(byte[] bytes, int width, Image frame, int cell, int left, int top) {
        double scale = (double) cell / Math.max(frame.width(), frame.height());
        int wide = (int) Math.max(1, Math.round(frame.width() * scale));
        int high = (int) Math.max(1, Math.round(frame.height() * scale));
        Resampling filter = scale > 1 ? Resampling.NEAREST : Resampling.BICUBIC;
        Image fitted = filter.resize(frame, wide, high);
        for (int y = 0; y < high; y++) {
            System.arraycopy(fitted.bytes(), 3 * y * wide, bytes, 3 * ((top + y) * width + left), 3 * wide);
        }
    }
}
