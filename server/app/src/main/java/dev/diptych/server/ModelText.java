// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.model.checkpoint.KeyReport;
import dev.diptych.engine.model.hub.ComponentCheck;
import dev.diptych.engine.model.hub.ModelDescription;
import dev.diptych.engine.model.hub.ModelRoot;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Models as a terminal shows them.
final class ModelText {
    private ModelText() {}

    static void list(List<ModelDescription> models, PrintWriter out) {
        int widest = models.stream().mapToInt(model -> model.id().length()).max().orElse(0);
        for (ModelDescription model : models) {
            String state =
                    model.problem() == null
                            ? model.family() + ", " + parameters(model.parameters()) + ", " + size(model.bytes())
                            : "broken: " + model.problem();
            out.println(padded(model.id(), widest) + "  " + state);
        }
    }

    static void added(ModelDescription model, PrintWriter out) {
        out.println(
                model.id()
                        + ": "
                        + model.family()
                        + ", "
                        + parameters(model.parameters())
                        + ", "
                        + size(model.bytes())
                        + (model.licence() == null ? "" : ", licence " + model.licence()));
        if (model.problem() != null) {
            out.println("  " + model.problem());
        }
    }

    static void show(ModelDescription model, List<ComponentCheck> checks, Path place, PrintWriter out) {
        out.println(model.id());
        if (model.summary() != null) {
            line("is", model.summary(), out);
        }
        line("family", model.family() + (model.className() == null ? "" : " (" + model.className() + ")"), out);
        line("can", String.join(", ", model.tasks()), out);
        line("licence", model.licence() == null ? "not known" : model.licence(), out);
        line("size", parameters(model.parameters()) + ", " + size(model.bytes()) + " " + model.formats(), out);
        line("from", origin(model.origin()) + ", " + place, out);
        for (ModelDescription.Part part : model.components()) {
            String what = part.className() == null ? "" : part.className();
            String weights =
                    part.bytes() == 0
                            ? ""
                            : (what.isEmpty() ? "" : ", ")
                                    + parameters(part.parameters())
                                    + ", "
                                    + size(part.bytes())
                                    + " "
                                    + part.formats().stream().sorted().toList();
            line("  " + part.name(), what + weights, out);
            if (part.problem() != null) {
                line("", "broken: " + part.problem(), out);
            }
            checks.stream().filter(check -> check.component().equals(part.name())).forEach(check -> show(check, out));
        }
        model.missing().forEach(name -> line("  " + name, "missing: the index names it, and there is no folder", out));
        if (model.problem() != null && model.components().isEmpty()) {
            line("broken", model.problem(), out);
        }
    }

    private static void show(ComponentCheck check, PrintWriter out) {
        KeyReport report = check.report();
        if (report == null) {
            line("", "not checked: " + check.refusal(), out);
        } else if (check.fits()) {
            line("", "fits its configuration: " + String.format(Locale.ROOT, "%,d parameters", check.described()), out);
        } else {
            line(
                    "",
                    "does not fit its configuration, which describes "
                            + String.format(Locale.ROOT, "%,d parameters", check.described())
                            + ":",
                    out);
            report.text().lines().forEach(difference -> line("", "  " + difference, out));
        }
    }

    private static String origin(ModelRoot.Origin origin) {
        return switch (origin) {
            case DATA -> "added";
            case FOLDER -> "a configured folder";
            case PLUGIN -> "a plugin";
        };
    }

    private static void line(String label, String text, PrintWriter out) {
        if (!text.isEmpty()) {
            out.println("  " + padded(label, 18) + " " + text);
        }
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /// As `860 M parameters`.
    static String parameters(long count) {
        return count < 10_000
                ? count + " parameters"
                : count < 1_000_000
                        ? String.format(Locale.ROOT, "%.0f k parameters", count / 1e3)
                        : count < 10_000_000
                                ? String.format(Locale.ROOT, "%.1f M parameters", count / 1e6)
                                : String.format(Locale.ROOT, "%.0f M parameters", count / 1e6);
    }

    /// As `1.7 GB`.
    static String size(long bytes) {
        if (bytes < 10_000) {
            return bytes + " bytes";
        }
        return bytes < 1_000_000
                ? String.format(Locale.ROOT, "%.0f kB", bytes / 1e3)
                : bytes < 1_000_000_000
                        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /// What a model from here is called unless it is told.
    static String nameOf(Path place) {
        String name = String.valueOf(place.getFileName());
        int dot = name.lastIndexOf('.');
        return Files.isRegularFile(place) && dot > 0 ? name.substring(0, dot) : name;
    }
}
