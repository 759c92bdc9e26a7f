// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.MigratesFrom;
import dev.diptych.api.node.Multiline;
import dev.diptych.api.node.NodeDocument;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.node.SameForAll;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.document.PortType;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads the schema of a node out of its class: the records are the schema. Happens once, when the plugin loads; a mistake fails the load.
public final class SchemaReader {
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]*/[a-z][a-z0-9-]*");

    private final Class<?> type;
    private final String pluginId;
    private final String pluginDigest;
    private final List<String> mistakes = new ArrayList<>();

    private SchemaReader(Class<?> type, String pluginId, String pluginDigest) {
        this.type = type;
        this.pluginId = pluginId;
        this.pluginDigest = pluginDigest;
    }

    /// @throws SchemaException with all mistakes of the declaration
    public static NodeSchema read(Class<?> nodeClass, String pluginId, String pluginDigest) {
        return new SchemaReader(nodeClass, pluginId, pluginDigest).read();
    }

    private NodeSchema read() {
        NodeType declared = type.getAnnotation(NodeType.class);
        if (declared == null) {
            throw new SchemaException(
                    List.of(type.getName() + " is a node without @NodeType: add id, title and group."));
        }
        if (!ID.matcher(declared.id()).matches()) {
            mistake(
                    "@NodeType",
                    "id \"" + declared.id() + "\" is not plugin/name",
                    "use lower case, digits and hyphens on both sides of one slash");
        }
        for (String former : declared.formerly()) {
            if (!ID.matcher(former).matches() || former.equals(declared.id())) {
                mistake(
                        "@NodeType",
                        "formerly \"" + former + "\" is no other plugin/name",
                        "write the id that older documents have, or remove it");
            }
        }
        if (declared.version() < 1) {
            mistake("@NodeType", "version " + declared.version() + " is below 1", "count versions from 1");
        }
        checkConstructor();
        checkMigrations(declared.version());
        Optional<NodeClass> records = NodeClass.of(type);
        if (records.isEmpty()) {
            mistake("class", "it does not say its two records", "implement Node<In, Out> with two record classes");
        }
        List<PortSchema> inputs = records.map(node -> ports(node.inputs(), true)).orElse(List.of());
        List<PortSchema> outputs = records.map(node -> ports(node.outputs(), false)).orElse(List.of());
        if (records.isPresent() && outputs.isEmpty() && mistakes.isEmpty()) {
            mistake("outputs", "there are none", "give the record of outputs at least one component");
        }
        if (!mistakes.isEmpty()) {
            throw new SchemaException(mistakes);
        }
        return new NodeSchema(
                declared.id(),
                declared.version(),
                declared.title(),
                declared.group(),
                declared.description(),
                inputs,
                outputs,
                pluginId,
                pluginDigest);
    }

    private void mistake(String place, String what, String fix) {
        mistakes.add(type.getName() + ", " + place + ": " + what + "; " + fix + ".");
    }

    private void checkConstructor() {
        if (!Modifier.isPublic(type.getModifiers()) || Modifier.isAbstract(type.getModifiers())) {
            mistake("class", "it cannot be made", "make it public, and not abstract");
        }
        try {
            if (!Modifier.isPublic(type.getDeclaredConstructor().getModifiers())) {
                mistake("constructor", "it cannot be called", "make it public");
            }
        } catch (NoSuchMethodException e) {
            mistake("constructor", "none is without parameters", "add a public one that is; a node keeps no state");
        }
    }

    private void checkMigrations(int version) {
        List<Integer> from = new ArrayList<>();
        for (Method method : type.getDeclaredMethods()) {
            MigratesFrom migration = method.getAnnotation(MigratesFrom.class);
            if (migration == null) {
                continue;
            }
            Class<?>[] parameters = method.getParameterTypes();
            if (!Modifier.isStatic(method.getModifiers())
                    || parameters.length != 1
                    || parameters[0] != NodeDocument.class) {
                mistake(
                        method.getName(),
                        "it cannot migrate",
                        "declare it as static void " + method.getName() + "(NodeDocument node)");
            }
            if (migration.value() < 1 || migration.value() >= version || from.contains(migration.value())) {
                mistake(
                        method.getName(),
                        "@MigratesFrom(" + migration.value() + ") has no place below version " + version,
                        "have one migration for each older version");
            }
            from.add(migration.value());
        }
        for (int older = 1; older < version; older++) {
            if (!from.contains(older)) {
                mistake(
                        "@NodeType",
                        "version " + version + " has no migration from version " + older,
                        "add a static method with @MigratesFrom(" + older + "), empty if the ports stayed the same");
            }
        }
    }

    private List<PortSchema> ports(Class<?> record, boolean isInput) {
        List<PortSchema> ports = new ArrayList<>();
        if (!record.isRecord()) {
            mistake(record.getSimpleName(), "it is no record", "declare it as a record");
            return ports;
        }
        Set<String> names = new HashSet<>();
        for (RecordComponent component : record.getRecordComponents()) {
            if (!names.add(component.getName().toLowerCase(Locale.ROOT))) {
                mistake(
                        record.getSimpleName() + "." + component.getName(),
                        "another port has the same name, but for capitals",
                        "give one of the two another name");
            }
            port(record.getSimpleName() + "." + component.getName(), component, isInput).ifPresent(ports::add);
        }
        return ports;
    }

    private Optional<PortSchema> port(String place, RecordComponent component, boolean isInput) {
        Type java = component.getGenericType();
        boolean isOptional = PortTypes.isOptional(java);
        if (isOptional && !isInput) {
            mistake(place, "an output cannot be optional", "always give a value");
            return Optional.empty();
        }
        Optional<PortType> type = PortTypes.of(isOptional ? PortTypes.element(java) : java);
        if (type.isEmpty()) {
            mistake(place, "a port cannot have the type " + java.getTypeName(), "use " + PortTypes.ALLOWED);
            return Optional.empty();
        }
        PortSchema.@Nullable Bounds bounds = bounds(place, component, type.get());
        checkHints(place, component, type.get());
        Help help = component.getAnnotation(Help.class);
        return Optional.of(
                new PortSchema(
                        component.getName(),
                        type.get(),
                        help == null ? "" : help.value(),
                        isOptional,
                        defaultValue(place, component, type.get(), bounds, isOptional),
                        bounds,
                        component.isAnnotationPresent(SameForAll.class),
                        component.isAnnotationPresent(Multiline.class)));
    }

    private void checkHints(String place, RecordComponent component, PortType type) {
        PortType inner = innermost(type);
        if (component.isAnnotationPresent(SameForAll.class) && inner != PortType.Basic.SEED) {
            mistake(place, "@SameForAll is for seeds, this is " + type.label(), "remove it");
        }
        if (component.isAnnotationPresent(Multiline.class) && inner != PortType.Basic.TEXT) {
            mistake(place, "@Multiline is for text, this is " + type.label(), "remove it");
        }
    }

    private static PortType innermost(PortType type) {
        PortType inner = type;
        while (inner instanceof PortType.ListOf list) {
            inner = list.element();
        }
        return inner;
    }

    private PortSchema.@Nullable Bounds bounds(String place, RecordComponent component, PortType type) {
        Range range = component.getAnnotation(Range.class);
        if (range == null) {
            return null;
        }
        PortType inner = innermost(type);
        if (inner != PortType.Basic.NUMBER && inner != PortType.Basic.INTEGER) {
            mistake(place, "@Range is for numbers, this is " + type.label(), "remove it");
        }
        if (!(range.min() <= range.max()) || range.step() < 0) {
            mistake(
                    place,
                    "@Range from " + range.min() + " to " + range.max() + " is empty",
                    "put the smaller one first");
        }
        return new PortSchema.Bounds(range.min(), range.max(), range.step());
    }

    private @Nullable JsonNode defaultValue(
            String place,
            RecordComponent component,
            PortType type,
            PortSchema.@Nullable Bounds bounds,
            boolean isOptional) {
        Default written = component.getAnnotation(Default.class);
        if (written == null) {
            return null;
        }
        if (isOptional) {
            mistake(place, "it is Optional and has a @Default", "keep one of the two");
        }
        JsonNode value = literal(type, written.value());
        if (value == null) {
            mistake(
                    place,
                    "@Default(\"" + written.value() + "\") is no " + type.label(),
                    type instanceof PortType.Choice choice
                            ? "use one of " + String.join(", ", choice.options())
                            : "write a value of that type, or remove it");
        } else if (bounds != null && value.isNumber() && !bounds.contains(value.doubleValue())) {
            mistake(
                    place,
                    "@Default(\"" + written.value() + "\") is outside " + bounds.min() + " … " + bounds.max(),
                    "move one of them");
        }
        return value;
    }

    /// @return null if the text is no value of the type
    static @Nullable JsonNode literal(PortType type, String text) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        try {
            return switch (type) {
                case PortType.Basic.NUMBER ->
                        Double.isFinite(Double.parseDouble(text)) ? json.numberNode(Double.parseDouble(text)) : null;
                case PortType.Basic.INTEGER -> json.numberNode(Long.parseLong(text));
                case PortType.Basic.SEED ->
                        Long.compareUnsigned(Long.parseUnsignedLong(text), 1L << 53) <= 0
                                ? json.numberNode(Long.parseUnsignedLong(text))
                                : json.textNode(text);
                case PortType.Basic.BOOLEAN ->
                        text.equals("true") || text.equals("false") ? json.booleanNode(text.equals("true")) : null;
                case PortType.Basic.TEXT, PortType.Basic.MODEL, PortType.Basic.IMAGE, PortType.Basic.MASK ->
                        json.textNode(text);
                case PortType.Choice choice -> choice.options().contains(text) ? json.textNode(text) : null;
                case PortType.ListOf _ -> text.isEmpty() ? json.arrayNode() : null;
                case PortType.Basic _, PortType.Declared _ -> null;
            };
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
