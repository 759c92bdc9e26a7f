// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/// A description of a network: its parameters by name, and its functions. Immutable once it is published; describing again gives an equal one.
///
/// @param parameters by the checkpoint's names, in the order of the fields
public record Network(SequencedMap<String, Parameter> parameters, List<NetworkFunction> functions) {
    public Network {
        parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
        functions = List.copyOf(functions);
    }

    /// Names the parameters of a module by the fields that lead to them.
    ///
    /// @throws DescriptionException if two have one name
    public static <M extends Module> Description<M> of(M module) {
        return new Description<>(module);
    }

    /// How many numbers the checkpoint holds.
    public long parameterCount() {
        return parameters.values().stream().mapToLong(Parameter::elements).sum();
    }

    /// @throws IllegalArgumentException if there is none
    public NetworkFunction function(String name) {
        return functions.stream()
                .filter(function -> function.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "No function \""
                                        + name
                                        + "\"; there are "
                                        + functions.stream()
                                                .map(NetworkFunction::name)
                                                .collect(Collectors.joining(", "))));
    }

    /// The program as a reader would write it: one instruction a line, with shapes.
    public String listing() {
        return new Listing(this).toString();
    }

    /// A network whose functions are being added. Itself no [Network] yet: [#network] gives it.
    public static final class Description<M extends Module> {
        private final M module;
        private final LinkedHashMap<String, Parameter> parameters = new LinkedHashMap<>();
        private final List<NetworkFunction> functions = new ArrayList<>();

        private Description(M module) {
            this.module = module;
            module.visit((path, parameter) -> {
                parameter.name(path, parameters.size());
                if (parameters.put(path, parameter) != null) {
                    throw new DescriptionException("Two parameters are named %s", path);
                }
            });
        }

        /// Adds a function. One name may be given to several functions with different inputs: a call takes the one whose inputs it gives.
        public Description<M> function(String name, BiConsumer<M, FunctionScope> body) {
            FunctionScope scope = new FunctionScope(name);
            body.accept(module, scope);
            NetworkFunction function = scope.finish();
            for (NetworkFunction other : functions) {
                if (other.name().equals(name) && other.inputNames().equals(function.inputNames())) {
                    throw new DescriptionException(
                            "Two functions \"%s\" have the same inputs %s", name, function.inputNames());
                }
            }
            functions.add(function);
            return this;
        }

        public Network network() {
            return new Network(parameters, functions);
        }
    }
}
