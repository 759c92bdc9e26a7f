// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

import dev.diptych.api.error.NodeException;

import java.util.Arrays;
import java.util.TreeSet;

/// Which of the trained timesteps a guided-diffusion process keeps: `space_timesteps`. Lists ascend.
///
/// | text | meaning |
/// |---|---|
/// | `50` | 50 timesteps, both ends among them |
/// | `10,10,5` | as many equal sections of the time as there are numbers, each with so many timesteps |
/// | `ddim50` | the first integer stride that gives exactly 50 |
/// | `fast27` | GLIDE's: `10,10,3,2,2` with 997 in place of 999 |
/// | nothing | all |
public final class TimestepRespacing {
    private TimestepRespacing() {}

    /// @param trained how many timesteps there are
    /// @throws NodeException `diffusion/respacing` if the text is none of these, or asks for more timesteps than there are
    public static int[] parse(String text, int trained) {
        if (text.isBlank()) {
            return sections(trained, trained);
        }
        if (text.equals("fast27")) {
            TreeSet<Integer> fast = new TreeSet<>();
            for (int timestep : parse("10,10,3,2,2", trained)) {
                fast.add(timestep);
            }
            fast.remove(trained - 1);
            fast.add(trained - 3);
            return fast.stream().mapToInt(Integer::intValue).toArray();
        }
        if (text.startsWith("ddim")) {
            return strided(trained, number(text.substring("ddim".length()), text));
        }
        return sections(
                trained, Arrays.stream(text.split(",", -1)).mapToInt(part -> number(part.strip(), text)).toArray());
    }

    /// The first integer stride that gives exactly so many timesteps.
    public static int[] strided(int trained, int count) {
        for (int stride = 1; stride < trained; stride++) {
            if ((trained + stride - 1) / stride == count) {
                int[] timesteps = new int[count];
                for (int i = 0; i < count; i++) {
                    timesteps[i] = i * stride;
                }
                return timesteps;
            }
        }
        throw NodeException.user(
                        "diffusion/respacing", "No integer stride takes exactly %d of %d timesteps.", count, trained)
                .next("Leave \"ddim\" away for any number of steps, or use a divisor of " + trained + ".");
    }

    /// Those of a deterministic sampler: whole strides from timestep 0 where one gives exactly so many, as `ddim50`, else evenly spread with both ends, as `50`.
    ///
    /// @param count 1 to `trained`
    public static int[] deterministic(int trained, int count) {
        for (int stride = 1; stride < trained; stride++) {
            if ((trained + stride - 1) / stride == count) {
                return strided(trained, count);
            }
        }
        return sections(trained, count);
    }

    /// Equal sections of the time, each with its own number of timesteps. The stride is accumulated in double and rounded half to even.
    public static int[] sections(int trained, int... counts) {
        TreeSet<Integer> all = new TreeSet<>();
        int start = 0;
        for (int section = 0; section < counts.length; section++) {
            int size = trained / counts.length + (section < trained % counts.length ? 1 : 0);
            int count = counts[section];
            if (count < 0 || count > size) {
                throw NodeException.user(
                        "diffusion/respacing",
                        "Section %d of %d has %d timesteps, %d cannot be taken from it.",
                        section + 1,
                        counts.length,
                        size,
                        count);
            }
            double stride = count <= 1 ? 1 : (double) (size - 1) / (count - 1);
            double current = 0;
            for (int i = 0; i < count; i++) {
                all.add(start + (int) Math.rint(current));
                current += stride;
            }
            start += size;
        }
        if (all.isEmpty()) {
            throw NodeException.user("diffusion/respacing", "No timestep is left: counts %s.", Arrays.toString(counts));
        }
        return all.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int number(String part, String text) {
        try {
            return Integer.parseInt(part);
        } catch (NumberFormatException e) {
            throw NodeException.user(
                            "diffusion/respacing", "Respacing \"%s\": \"%s\" is not a whole number.", text, part)
                    .next("Write \"50\", \"ddim50\", \"10,10,5\" or \"fast27\".")
                    .causedBy(e);
        }
    }
}
