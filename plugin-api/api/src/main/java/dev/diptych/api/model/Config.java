// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.network.Activation;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The settings of a component as it was published: a JSON object with typed getters. It remembers what was asked for, so that a setting that nobody
/// reads is noticed instead of ignored. A key whose value is null counts as absent, except for [#isNull] and for [#flag]. Two are equal if they say the same,
/// wherever they stand and whatever was read. Thread-safe; immutable but for that memory.
public final class Config {
    private final String place;
    private final Map<String, Object> values;
    private final Set<String> nulls = new TreeSet<>();
    private final Set<String> read = Collections.synchronizedSet(new TreeSet<>());
    private final Map<String, Config> objects = new ConcurrentSkipListMap<>();

    /// @param place  how errors call it: a file's name
    /// @param values Map, List, String, Number, Boolean, as JSON gives them
    public Config(String place, Map<String, ? extends @Nullable Object> values) {
        this.place = place;
        Map<String, Object> present = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (value != null) {
                present.put(key, value);
            } else {
                nulls.add(key);
            }
        });
        this.values = Collections.unmodifiableMap(present);
    }

    /// How errors call it.
    public String place() {
        return place;
    }

    public boolean has(String key) {
        read.add(key);
        return values.containsKey(key);
    }

    /// Whether the key is there with the value null. Some settings mean something by it: where `norm_num_groups` is left out there are 32 groups, where it is
    /// null there is no norm.
    public boolean isNull(String key) {
        return nulls.contains(key);
    }

    /// The value as JSON gave it; null if it is absent.
    public @Nullable Object value(String key) {
        read.add(key);
        return values.get(key);
    }

    /// The same with another value for one key.
    public Config with(String key, Object value) {
        Map<String, @Nullable Object> changed = new LinkedHashMap<>(values);
        nulls.forEach(name -> changed.put(name, null));
        changed.put(key, value);
        return new Config(place, changed);
    }

    /// All of it, read or not, but for nulls.
    public Map<String, Object> values() {
        return values;
    }

    public int integer(String key) {
        return toInteger(key, required(key));
    }

    public int integer(String key, int otherwise) {
        Object value = value(key);
        return value == null ? otherwise : toInteger(key, value);
    }

    public double number(String key) {
        return toNumber(key, required(key));
    }

    public double number(String key, double otherwise) {
        Object value = value(key);
        return value == null ? otherwise : toNumber(key, value);
    }

    /// A null is no, as in Python, in which these settings are written.
    public boolean flag(String key, boolean otherwise) {
        Object value = value(key);
        if (value == null) {
            return otherwise && !isNull(key);
        }
        return value instanceof Boolean flag ? flag : mistyped(key, value, "true or false");
    }

    public String text(String key) {
        return toText(key, required(key));
    }

    public String text(String key, String otherwise) {
        Object value = value(key);
        return value == null ? otherwise : toText(key, value);
    }

    /// A function of each element, by its published name.
    public Activation activation(String key, String otherwise) {
        String name = text(key, otherwise);
        return Activation.named(name)
                .orElseThrow(() ->
                        unsupported(
                                key,
                                "activation \""
                                        + name
                                        + "\" is not implemented; allowed: "
                                        + String.join(", ", Activation.names())));
    }

    /// A list of anything.
    public List<?> list(String key) {
        return list(key, required(key));
    }

    /// A list of integers.
    public List<Integer> integers(String key) {
        return list(key, required(key)).stream().map(element -> toInteger(key, element)).toList();
    }

    /// A list of integers.
    public List<Integer> integers(String key, List<Integer> otherwise) {
        return has(key) ? integers(key) : otherwise;
    }

    /// A list of `count` integers; a single one stands for that many.
    public List<Integer> integersFor(String key, int count, int otherwise) {
        Object value = value(key);
        if (value instanceof List<?>) {
            List<Integer> numbers = integers(key);
            if (numbers.size() != count) {
                throw unsupported(key, numbers.size() + " values where " + count + " are needed");
            }
            return numbers;
        }
        return Collections.nCopies(count, value == null ? otherwise : toInteger(key, value));
    }

    /// A list of `count` booleans; a single one stands for that many.
    public List<Boolean> flagsFor(String key, int count, boolean otherwise) {
        Object value = value(key);
        if (value instanceof List<?> elements) {
            if (elements.size() != count) {
                throw unsupported(key, elements.size() + " values where " + count + " are needed");
            }
            List<Boolean> flags = new ArrayList<>();
            for (Object element : elements) {
                flags.add(element instanceof Boolean flag ? flag : mistyped(key, element, "true or false"));
            }
            return List.copyOf(flags);
        }
        return Collections.nCopies(count, flag(key, otherwise));
    }

    public List<Double> numbers(String key) {
        return list(key, required(key)).stream().map(element -> toNumber(key, element)).toList();
    }

    public List<String> texts(String key) {
        return list(key, required(key)).stream().map(element -> toText(key, element)).toList();
    }

    public List<String> texts(String key, List<String> otherwise) {
        return has(key) ? texts(key) : otherwise;
    }

    /// An object inside this one. What nobody reads of it counts as unread here.
    public Optional<Config> object(String key) {
        Object value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(inner(key, value));
    }

    /// Objects of a list inside this one. What nobody reads of one counts as unread here.
    public List<Config> objects(String key) {
        List<?> elements = list(key, required(key));
        return IntStream.range(0, elements.size()).mapToObj(i -> inner(key + "." + i, elements.get(i))).toList();
    }

    private Config inner(String key, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return mistyped(key, value, "an object");
        }
        Map<String, Object> inner = new LinkedHashMap<>();
        map.forEach((name, element) -> inner.put(String.valueOf(name), element));
        return objects.computeIfAbsent(key, _ -> new Config(place + ", " + key, inner));
    }

    /// Says that these keys need not be heeded: they do not change what is computed.
    public Config ignore(String... keys) {
        read.addAll(Arrays.asList(keys));
        return this;
    }

    /// Says which values of a key are implemented; absent is always allowed.
    ///
    /// @param allowed numbers are compared as numbers
    /// @throws NodeException if the key has another value
    public Config only(String key, Object... allowed) {
        Object value = value(key);
        if (value != null && Arrays.stream(allowed).noneMatch(each -> isSame(each, value))) {
            throw unsupported(
                    key,
                    value
                            + " is not implemented; allowed: "
                            + Arrays.stream(allowed).map(String::valueOf).collect(Collectors.joining(", ")));
        }
        return this;
    }

    private static boolean isSame(Object a, Object b) {
        return a instanceof Number x && b instanceof Number y ? x.doubleValue() == y.doubleValue() : a.equals(b);
    }

    /// The error that refuses a setting, naming it.
    public NodeException unsupported(String key, String reason) {
        return NodeException.user("model/config", "%s, \"%s\": %s.", place, key, reason);
    }

    /// Keys that nobody has read and that say something about the network: those that begin with an underscore do not. Of an object that was asked for,
    /// its own unread keys, as `text_config.hidden_act`.
    public List<String> unread() {
        return Stream.concat(
                        values.keySet().stream().filter(key -> !key.startsWith("_")).filter(key -> !read.contains(key)),
                        objects.entrySet().stream()
                                .flatMap(object ->
                                        object.getValue().unread().stream()
                                                .map(inner -> object.getKey() + "." + inner)))
                .toList();
    }

    private Object required(String key) {
        Object value = value(key);
        if (value == null) {
            throw unsupported(key, "is missing");
        }
        return value;
    }

    private int toInteger(String key, Object value) {
        if (value instanceof Number number
                && number.doubleValue() == Math.rint(number.doubleValue())
                && Math.abs(number.doubleValue()) <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        return mistyped(key, value, "an integer");
    }

    private double toNumber(String key, Object value) {
        return value instanceof Number number ? number.doubleValue() : mistyped(key, value, "a number");
    }

    private String toText(String key, Object value) {
        return value instanceof String text ? text : mistyped(key, value, "a text");
    }

    private List<?> list(String key, Object value) {
        return value instanceof List<?> elements ? elements : mistyped(key, value, "a list");
    }

    private <T> T mistyped(String key, Object value, String wanted) {
        throw unsupported(key, value + " is not " + wanted);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Config config && values.equals(config.values) && nulls.equals(config.nulls);
    }

    @Override
    public int hashCode() {
        return Objects.hash(values, nulls);
    }

    @Override
    public String toString() {
        return place + " " + values;
    }
}
