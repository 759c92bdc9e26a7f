// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How a checkpoint's tensors differ from the parameters a network has. Every difference is in it.
///
/// @param missing   parameters without a tensor
/// @param extra     tensors without a parameter
/// @param misshapen tensors of another shape than their parameter
public record KeyReport(List<Missing> missing, List<Extra> extra, List<Misshapen> misshapen) {
    /// @param nearest the extra tensor that it may be under another name
    public record Missing(String name, String shape, Optional<String> nearest) {
        private String text() {
            return name + " " + shape + nearest.map(other -> " (is it " + other + "?)").orElse("");
        }
    }

    /// @param nearest the missing parameter, or else the parameter, that it may be meant for
    public record Extra(String name, String shape, Optional<String> nearest) {
        private String text() {
            return name + " " + shape + nearest.map(other -> " (is it " + other + "?)").orElse("");
        }
    }

    public record Misshapen(String name, String expected, String found) {
        private String text() {
            return name + ": " + expected + " is needed, the file has " + found;
        }
    }

    /// @param expected the shape of each parameter by its name
    public static KeyReport of(Checkpoint checkpoint, Map<String, long[]> expected) {
        Set<String> missing = new LinkedHashSet<>(expected.keySet());
        missing.removeAll(checkpoint.tensors().keySet());
        Set<String> extra = new LinkedHashSet<>(checkpoint.tensors().keySet());
        extra.removeAll(expected.keySet());
        List<Misshapen> misshapen = new ArrayList<>();
        expected.forEach((name, shape) -> {
            StoredTensor found = checkpoint.tensors().get(name);
            if (found != null && !Arrays.equals(found.shape(), shape)) {
                misshapen.add(new Misshapen(name, Shapes.text(shape), Shapes.text(found.shape())));
            }
        });
        List<Missing> missed = new ArrayList<>();
        expected.forEach((name, shape) -> {
            if (missing.contains(name)) {
                missed.add(new Missing(name, Shapes.text(shape), NearestName.of(name, extra)));
            }
        });
        List<Extra> unasked = new ArrayList<>();
        checkpoint
                .tensors()
                .forEach((name, tensor) -> {
                    if (extra.contains(name)) {
                        Optional<String> nearest =
                                NearestName.of(name, missing).or(() -> NearestName.of(name, expected.keySet()));
                        unasked.add(new Extra(name, Shapes.text(tensor.shape()), nearest));
                    }
                });
        return new KeyReport(missed, unasked, misshapen);
    }

    /// Whether every parameter has its tensor. Extra tensors do no harm.
    public boolean isComplete() {
        return missing.isEmpty() && misshapen.isEmpty();
    }

    /// All differences, one a line, by kind.
    public String text() {
        List<String> lines = new ArrayList<>();
        add(lines, "missing", missing.stream().map(Missing::text).toList());
        add(lines, "of another shape", misshapen.stream().map(Misshapen::text).toList());
        add(lines, "extra", extra.stream().map(Extra::text).toList());
        return String.join("\n", lines);
    }

    private static void add(List<String> lines, String kind, List<String> differences) {
        if (!differences.isEmpty()) {
            lines.add(differences.size() + " " + kind + ":");
            differences.forEach(difference -> lines.add("  " + difference));
        }
    }

    /// @param place the file, for the message
    /// @throws NodeException `engine/wrong-weights` with all differences, if a parameter has no tensor of its shape
    public void requireComplete(String place) {
        if (!isComplete()) {
            throw NodeException.user(
                            "engine/wrong-weights",
                            "%s does not hold the network's parameters.\n%s",
                            Shown.text(place),
                            text())
                    .next("Check that the configuration belongs to these weights.");
        }
    }
}
