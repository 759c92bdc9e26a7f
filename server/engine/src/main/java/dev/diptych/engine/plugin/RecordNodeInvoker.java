// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/// Calls a node class through its records. Thread-safe: each call has an instance of its own.
public final class RecordNodeInvoker implements NodeInvoker {
    private final Class<?> type;
    private final Constructor<?> constructor;
    private final Constructor<?> inputs;
    private final RecordComponent[] inputComponents;
    private final RecordComponent[] outputComponents;
    private final Method[] outputAccessors;

    /// @param nodeClass a class whose schema [SchemaReader] accepted
    public RecordNodeInvoker(Class<?> nodeClass) {
        type = nodeClass;
        NodeClass records = NodeClass.of(nodeClass).orElseThrow();
        inputComponents = records.inputs().getRecordComponents();
        outputComponents = records.outputs().getRecordComponents();
        try {
            constructor = nodeClass.getDeclaredConstructor();
            inputs =
                    records.inputs()
                            .getDeclaredConstructor(
                                    Arrays.stream(inputComponents)
                                            .map(RecordComponent::getType)
                                            .toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(nodeClass.getName() + " cannot be called", e);
        }
        inputs.setAccessible(true);
        outputAccessors = Arrays.stream(outputComponents).map(RecordComponent::getAccessor).toArray(Method[]::new);
        for (Method accessor : outputAccessors) {
            accessor.setAccessible(true);
        }
    }

    @Override
    public Map<String, Object> invoke(Map<String, Object> values, NodeContext context) {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(type.getClassLoader());
        try {
            @SuppressWarnings("unchecked") // the schema reader has found these two records in the class
            Node<Record, Record> node = (Node<Record, Record>) constructor.newInstance();
            return outputs(node.run((Record) inputs.newInstance(arguments(values)), context));
        } catch (NodeException | CancellationException | VirtualMachineError e) {
            throw e;
        } catch (InvocationTargetException e) {
            throw threw(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cancelled(e);
        } catch (Throwable e) {
            throw threw(e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static CancellationException cancelled(InterruptedException cause) {
        CancellationException cancelled = new CancellationException("The node was interrupted");
        cancelled.initCause(cause);
        return cancelled;
    }

    private RuntimeException threw(Throwable cause) {
        if (cause instanceof NodeException known) {
            return known;
        }
        return new NodeException(
                ErrorKind.PLUGIN,
                "engine/node-threw",
                type.getSimpleName()
                        + " threw "
                        + cause.getClass().getName()
                        + (cause.getMessage() == null ? "" : ": " + cause.getMessage())
                        + ".",
                "Tell the author of the plugin; the server's log has the stack trace.",
                cause);
    }

    private @Nullable Object[] arguments(Map<String, Object> values) throws ReflectiveOperationException {
        @Nullable Object[] arguments = new @Nullable Object[inputComponents.length];
        for (int i = 0; i < arguments.length; i++) {
            RecordComponent component = inputComponents[i];
            Object value = values.get(component.getName());
            Type declared = component.getGenericType();
            boolean isOptional = PortTypes.isOptional(declared);
            if (value == null && !isOptional) {
                throw NodeException.user("engine/input-missing", "Input \"%s\" has no value.", component.getName())
                        .next("Link it or give it a value.");
            }
            try {
                Object java =
                        value == null
                                ? null
                                : PluginValues.toJava(isOptional ? PortTypes.element(declared) : declared, value);
                arguments[i] = isOptional ? Optional.ofNullable(java) : java;
            } catch (IllegalArgumentException e) {
                throw NodeException.user(
                        "engine/input-refused",
                        "Input \"%s\": %s.",
                        component.getName(),
                        String.valueOf(e.getMessage()));
            }
        }
        return arguments;
    }

    private Map<String, Object> outputs(@Nullable Record result) throws ReflectiveOperationException {
        if (result == null) {
            throw returnedNull("null");
        }
        Map<String, Object> outputs = new LinkedHashMap<>();
        for (int i = 0; i < outputComponents.length; i++) {
            String name = outputComponents[i].getName();
            Object plain = PluginValues.toPlain(outputAccessors[i].invoke(result));
            if (plain == null) {
                throw returnedNull("null as output \"" + name + "\"");
            }
            outputs.put(name, plain);
        }
        return outputs;
    }

    private NodeException returnedNull(String what) {
        return new NodeException(
                ErrorKind.PLUGIN,
                "engine/node-returned-null",
                type.getSimpleName() + " returned " + what + ".",
                "Tell the author of the plugin: every output needs a value.",
                null);
    }
}
