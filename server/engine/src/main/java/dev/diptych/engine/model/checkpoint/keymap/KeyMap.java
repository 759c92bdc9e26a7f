// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.TensorView;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Supplier;

/// How two layouts name one network's parameters. The left one is usually the authors' own, the right one that of diffusers or transformers.
///
/// ```java
/// Checkpoint clip = KeyMap.named("clip-openai").toRight(CheckpointFiles.open(path), Map.of());
/// ```
///
/// A `.keymap` file has lines such as
///
/// ```text
/// parameter layers = first(input_blocks.{n}.0.op.)-1 | count(down_blocks.0.resnets.{n}.)
/// table resnet
///   in_layers.0 = norm1
/// input_blocks.{level*(layers+1)+layer+1}.0 = down_blocks.{level}.resnets.{layer} with resnet for level<levels, layer<layers
/// attn.in_proj_weight = self_attn.q_proj.weight + self_attn.k_proj.weight + self_attn.v_proj.weight via rows
/// **.query = **.to_q
/// ignore betas
/// ```
///
/// A name stands for itself and for all that follows it after a dot. What stands before `|` holds for names of the left layout, what stands behind
/// it for those of the right one. Operations are `transpose`, `squeeze n`, `row`, `rows` and `heads n`, several separated by commas.
/// `**.` stands for any path. Names that no rule knows stay as they are.
public final class KeyMap {
    private static final int MOST = 1000;

    private final String name;
    private final Map<String, String[]> parameters = new LinkedHashMap<>();
    private final Map<String, List<KeyRule>> tables = new HashMap<>();
    private final List<KeyRule> rules = new ArrayList<>();
    private final List<String> ignored = new ArrayList<>();

    private KeyMap(String name, List<String> lines) {
        this.name = name;
        List<KeyRule> target = rules;
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String text = line.strip();
            target = line.startsWith(" ") ? target : rules;
            if (text.startsWith("parameter ")) {
                String[] sides = text.substring("parameter ".length()).split(" = ", 2);
                parameters.put(sides[0].strip(), sides[1].split("\\|"));
            } else if (text.startsWith("table ")) {
                target = tables.computeIfAbsent(text.substring("table ".length()).strip(), _ -> new ArrayList<>());
            } else if (text.startsWith("ignore ")) {
                ignored.add(text.substring("ignore ".length()).strip());
            } else {
                target.add(KeyRule.parse(text));
            }
        }
    }

    /// @param name of a file among the resources, without `.keymap`
    /// @throws IllegalArgumentException if there is none such
    public static KeyMap named(String name) {
        try (InputStream in = KeyMap.class.getResourceAsStream(name + ".keymap")) {
            if (in == null) {
                throw new IllegalArgumentException("There is no key map \"" + name + "\"");
            }
            return read(name, in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param in a file of the form above; a plugin brings its own in this way
    public static KeyMap read(String name, InputStream in) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        return new KeyMap(name, reader.lines().toList());
    }

    /// A view with the right layout's names. Closing it closes the checkpoint.
    ///
    /// @param given values of parameters that the names do not tell, or that are known better
    /// @throws NodeException `engine/bad-layout` if a parameter is not known, or a tensor has not the shape that its rule needs
    public TensorView toRight(Checkpoint checkpoint, Map<String, Integer> given) {
        KeyTable table = table(checkpoint.tensors().keySet(), given, true);
        SequencedMap<String, StoredTensor> mapped = new LinkedHashMap<>();
        checkpoint
                .tensors()
                .forEach((key, tensor) -> {
                    KeyTable.Match match = table.find(key, true);
                    if (match != null) {
                        List<StoredTensor> parts = checked(key, () -> match.entry().apply(tensor));
                        for (int i = 0; i < parts.size(); i++) {
                            put(
                                    mapped,
                                    match.before() + KeyTable.bare(match.entry().right().get(i)) + match.rest(),
                                    parts.get(i));
                        }
                    } else if (!isIgnored(key)) {
                        put(mapped, key, tensor);
                    }
                });
        return new TensorView(checkpoint, mapped);
    }

    /// A view with the left layout's names. Parts of a fused tensor that is not whole stay as they are.
    ///
    /// @param given as in [#toRight]
    /// @throws NodeException `engine/bad-layout`
    public TensorView toLeft(Checkpoint checkpoint, Map<String, Integer> given) {
        KeyTable table = table(checkpoint.tensors().keySet(), given, false);
        SequencedMap<String, StoredTensor> mapped = new LinkedHashMap<>();
        Map<String, StoredTensor[]> fused = new LinkedHashMap<>();
        checkpoint
                .tensors()
                .forEach((key, tensor) -> {
                    KeyTable.Match match = table.find(key, false);
                    if (match == null) {
                        if (!isIgnored(key)) {
                            put(mapped, key, tensor);
                        }
                        return;
                    }
                    String left = match.before() + KeyTable.bare(match.entry().left()) + match.rest();
                    StoredTensor[] parts =
                            fused.computeIfAbsent(left, _ -> new StoredTensor[match.entry().right().size()]);
                    parts[match.part()] = tensor;
                    if (Arrays.stream(parts).allMatch(Objects::nonNull)) {
                        put(mapped, left, checked(left, () -> match.entry().undo(List.of(parts))));
                    }
                });
        fused.forEach((left, parts) -> {
            if (!mapped.containsKey(left)) {
                Arrays.stream(parts).filter(Objects::nonNull).forEach(part -> put(mapped, part.name(), part));
            }
        });
        return new TensorView(checkpoint, mapped);
    }

    /// The left layout's name of each of these names of the right one that is not part of a fused tensor.
    ///
    /// @param given as in [#toRight]
    /// @throws NodeException `engine/bad-layout` if a parameter is not known
    public Map<String, String> leftNames(Set<String> rightNames, Map<String, Integer> given) {
        KeyTable table = table(rightNames, given, false);
        Map<String, String> lefts = new LinkedHashMap<>();
        for (String right : rightNames) {
            KeyTable.Match match = table.find(right, false);
            if (match != null && match.entry().right().size() == 1) {
                lefts.put(right, match.before() + KeyTable.bare(match.entry().left()) + match.rest());
            }
        }
        return lefts;
    }

    private boolean isIgnored(String key) {
        return ignored.stream().anyMatch(prefix -> key.equals(prefix) || key.startsWith(prefix + "."));
    }

    private void put(SequencedMap<String, StoredTensor> mapped, String key, StoredTensor tensor) {
        if (mapped.putIfAbsent(key, tensor.named(key)) != null) {
            throw refused("two of its tensors become \"" + Shown.text(key) + "\"");
        }
    }

    private <T> T checked(String key, Supplier<T> operation) {
        try {
            return operation.get();
        } catch (IllegalArgumentException e) {
            throw refused(
                            "the tensor \""
                                    + Shown.text(key)
                                    + "\" has another shape than the layout needs: "
                                    + e.getMessage())
                    .causedBy(e);
        }
    }

    private NodeException refused(String what) {
        return NodeException.user("engine/bad-layout", "The checkpoint is not of the layout %s: %s.", name, what);
    }

    private KeyTable table(Set<String> names, Map<String, Integer> given, boolean isLeft) {
        Map<String, Integer> variables = new HashMap<>();
        parameters.forEach((parameter, sides) -> {
            Integer value = given.get(parameter);
            if (value == null) {
                value = Expression.evaluate(isLeft ? sides[0] : sides[sides.length - 1], variables, names);
            }
            if (value < 0 || value > MOST) {
                throw refused("\"" + parameter + "\" cannot be told from its names");
            }
            variables.put(parameter, value);
        });
        KeyTable table = new KeyTable();
        for (KeyRule rule : rules) {
            rule.each(variables, names, isLeft, values -> add(rule, values, table));
        }
        return table;
    }

    private void add(KeyRule rule, Map<String, Integer> values, KeyTable table) {
        String left = Expression.fill(rule.left(), values);
        List<String> right = rule.right().stream().map(template -> Expression.fill(template, values)).toList();
        if (rule.table() == null) {
            table.add(new KeyTable.Entry(left, right, TensorOperation.parse(rule.operation(), values)));
            return;
        }
        for (KeyRule below : Objects.requireNonNull(tables.get(rule.table()), rule.table())) {
            List<String> names = below.right().stream().map(part -> right.getFirst() + "." + part).toList();
            table.add(
                    new KeyTable.Entry(
                            left + "." + below.left(), names, TensorOperation.parse(below.operation(), values)));
        }
    }
}
