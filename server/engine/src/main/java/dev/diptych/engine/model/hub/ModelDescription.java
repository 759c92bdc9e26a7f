// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.ElementType;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/// What a model is, without a tensor of it loaded.
///
/// @param id         its name
/// @param origin     who has put it there
/// @param family     as users call it; `unknown` if that is not known
/// @param className  that its configuration names, or null
/// @param tasks      what it can do
/// @param licence    as its authors write it, or null
/// @param summary    in its authors' words what it is and what it is not, or null
/// @param bytes      of all its files
/// @param components in the order of publication
/// @param missing    names of components that the index names and that are not there
/// @param problem    why it cannot be used, or null; the rest is then what could be found out
public record ModelDescription(
        String id,
        ModelRoot.Origin origin,
        String family,
        @Nullable String className,
        List<String> tasks,
        @Nullable String licence,
        @Nullable String summary,
        long bytes,
        List<Part> components,
        List<String> missing,
        @Nullable String problem) {
    public ModelDescription {
        tasks = List.copyOf(tasks);
        components = List.copyOf(components);
        missing = List.copyOf(missing);
    }

    /// A component.
    ///
    /// @param className  of its network, scheduler, …; null if no file names one
    /// @param parameters floating-point numbers in its file, 0 for what has no weights
    /// @param bytes      of its weights
    /// @param formats    number formats of its weights
    /// @param variants   of its weights: `fp16` and the like, the empty text for the one without a word
    /// @param problem    why it cannot be used, or null
    public record Part(
            String name,
            @Nullable String className,
            long parameters,
            long bytes,
            Set<ElementType> formats,
            List<String> variants,
            @Nullable String problem) {
        public Part {
            formats = Set.copyOf(formats);
            variants = List.copyOf(variants);
        }
    }

    /// Of all components, those that are stored under one name twice counted twice.
    public long parameters() {
        return components.stream().mapToLong(Part::parameters).sum();
    }

    /// Whether it is of use only together with another model.
    public boolean isAdapter() {
        return tasks.contains("adapter");
    }

    /// The number formats of its weights, sorted; empty for what has none.
    public List<String> formats() {
        return components.stream()
                .flatMap(part -> part.formats().stream())
                .sorted()
                .map(Enum::name)
                .distinct()
                .toList();
    }
}
