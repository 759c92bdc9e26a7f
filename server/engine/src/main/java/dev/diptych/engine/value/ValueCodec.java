// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;
import dev.diptych.engine.document.PortType;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Canonical bytes of values: equal values have equal bytes, on every machine. Each value starts with a tag, so bytes describe themselves.
public final class ValueCodec {
    private static final Tensor.Type[] TENSOR_TYPES = Tensor.Type.values();
    private static final int DEEPEST = 200;

    private ValueCodec() {}

    /// Bytes that cannot be a value.
    public static final class MalformedValueException extends RuntimeException {
        private static final long serialVersionUID = 1;

        MalformedValueException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// With the digest of the canonical bytes; a list has the digest of its elements' digests, so that gathering large values costs little.
    public static TypedValue typed(PortType type, Object value) {
        if (value instanceof List<?> list && type instanceof PortType.ListOf listType) {
            return listOf(listType, list.stream().map(element -> typed(listType.element(), element)).toList());
        }
        return new TypedValue(type, value, Digests.of(encode(value)));
    }

    /// A list of values whose digests are known.
    public static TypedValue listOf(PortType.ListOf type, List<TypedValue> elements) {
        StringBuilder digests = new StringBuilder("list");
        elements.forEach(element -> digests.append(' ').append(element.digest()));
        return new TypedValue(type, elements.stream().map(TypedValue::value).toList(), Digests.of(digests.toString()));
    }

    /// @param value as [TypedValue#value] describes
    public static byte[] encode(Object value) {
        GrowingBytes out = new GrowingBytes();
        write(out, value);
        return out.toBytes();
    }

    /// @throws MalformedValueException if the bytes are no value, or more than one
    public static Object decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            Object value = read(in, 0);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException(in.remaining() + " bytes are left over");
            }
            return value;
        } catch (BufferUnderflowException | IllegalArgumentException | ArithmeticException e) {
            throw new MalformedValueException("These bytes are no value: " + e, e);
        }
    }

    private static void write(GrowingBytes out, Object value) {
        switch (value) {
            case Image image -> {
                out.put('I');
                out.putInt(image.width());
                out.putInt(image.height());
                out.putInt(image.channels());
                out.put(image.bytes());
            }
            case Mask mask -> {
                out.put('M');
                out.putInt(mask.width());
                out.putInt(mask.height());
                out.put(mask.bytes());
            }
            case Video video -> {
                out.put('V');
                out.putLong(Double.doubleToLongBits(video.framesPerSecond()));
                out.putInt(video.width());
                out.putInt(video.height());
                out.putInt(video.channels());
                out.putInt(video.frames().size());
                video.frames().forEach(frame -> out.put(frame.bytes()));
            }
            case String text -> {
                out.put('T');
                out.putText(text);
            }
            case Double number -> {
                out.put('N');
                out.putLong(Double.doubleToLongBits(number + 0.0));
            }
            case Long number -> {
                out.put('L');
                out.putLong(number);
            }
            case Boolean bool -> {
                out.put('B');
                out.put(bool ? 1 : 0);
            }
            case Seed seed -> {
                out.put('S');
                out.putLong(seed.value());
            }
            case Tensor tensor -> {
                out.put('X');
                writeTensor(out, tensor);
            }
            case Embedding embedding -> {
                out.put('E');
                out.putText(embedding.space());
                writeTensor(out, embedding.vector());
            }
            case Latent latent -> {
                out.put('Z');
                writeTensor(out, latent.tensor());
                out.putInt(latent.origin().size());
                new TreeMap<>(latent.origin())
                        .forEach((name, text) -> {
                            out.putText(name);
                            out.putText(text);
                        });
            }
            case ModelReference model -> {
                out.put('R');
                out.putText(model.id());
                out.putInt(model.adapters().size());
                for (ModelReference.Adapter adapter : model.adapters()) {
                    out.putText(adapter.model());
                    out.putLong(Double.doubleToLongBits(adapter.scale() + 0.0));
                }
            }
            case List<?> list -> {
                out.put('A');
                out.putInt(list.size());
                list.forEach(element -> write(out, element));
            }
            case Map<?, ?> fields -> {
                out.put('D');
                out.putInt(fields.size());
                fields.forEach((name, field) -> {
                    out.putText((String) name);
                    write(out, field);
                });
            }
            default -> throw new IllegalArgumentException("No value of a port: " + value.getClass());
        }
    }

    private static void writeTensor(GrowingBytes out, Tensor tensor) {
        out.put(tensor.type().ordinal());
        out.put(tensor.rank());
        for (int size : tensor.shape()) {
            out.putInt(size);
        }
        switch (tensor.type()) {
            case FLOAT32 -> {
                ByteBuffer bytes = out.reserve(Math.multiplyExact(tensor.length(), 4));
                bytes.asFloatBuffer().put(tensor.floats());
            }
            case INT64 -> {
                ByteBuffer bytes = out.reserve(Math.multiplyExact(tensor.length(), 8));
                bytes.asLongBuffer().put(tensor.longs());
            }
            case UINT8 -> out.put(tensor.bytes());
        }
    }

    /// @param depth of the lists and records around it; bytes of another make could nest without end
    private static Object read(ByteBuffer in, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("Lists are nested more than " + DEEPEST + " deep");
        }
        byte tag = in.get();
        return switch (tag) {
            case 'I' -> {
                int width = in.getInt();
                int height = in.getInt();
                int channels = in.getInt();
                yield Image.ofBytes(
                        width,
                        height,
                        channels,
                        bytes(in, Math.multiplyExact(Math.multiplyExact(width, height), channels)));
            }
            case 'M' -> {
                int width = in.getInt();
                int height = in.getInt();
                yield Mask.ofBytes(width, height, bytes(in, Math.multiplyExact(width, height)));
            }
            case 'V' -> {
                double framesPerSecond = Double.longBitsToDouble(in.getLong());
                int width = in.getInt();
                int height = in.getInt();
                int channels = in.getInt();
                List<Image> frames = new ArrayList<>();
                for (int i = in.getInt(); i > 0; i--) {
                    int size = Math.multiplyExact(Math.multiplyExact(width, height), channels);
                    frames.add(Image.ofBytes(width, height, channels, bytes(in, size)));
                }
                yield new Video(frames, framesPerSecond);
            }
            case 'T' -> text(in);
            case 'N' -> Double.longBitsToDouble(in.getLong());
            case 'L' -> in.getLong();
            case 'B' -> in.get() != 0;
            case 'S' -> new Seed(in.getLong());
            case 'X' -> tensor(in);
            case 'E' -> {
                String space = text(in);
                yield new Embedding(tensor(in), space);
            }
            case 'Z' -> {
                Tensor tensor = tensor(in);
                Map<String, String> origin = new LinkedHashMap<>();
                for (int i = in.getInt(); i > 0; i--) {
                    String name = text(in);
                    origin.put(name, text(in));
                }
                yield new Latent(tensor, origin);
            }
            case 'R' -> {
                String id = text(in);
                List<ModelReference.Adapter> adapters = new ArrayList<>();
                for (int i = in.getInt(); i > 0; i--) {
                    String model = text(in);
                    adapters.add(new ModelReference.Adapter(model, Double.longBitsToDouble(in.getLong())));
                }
                yield new ModelReference(id, adapters);
            }
            case 'A' -> {
                List<Object> list = new ArrayList<>();
                for (int i = in.getInt(); i > 0; i--) {
                    list.add(read(in, depth + 1));
                }
                yield List.copyOf(list);
            }
            case 'D' -> {
                Map<String, Object> fields = new LinkedHashMap<>();
                for (int i = in.getInt(); i > 0; i--) {
                    String name = text(in);
                    fields.put(name, read(in, depth + 1));
                }
                yield fields;
            }
            default -> throw new IllegalArgumentException("Unknown tag " + tag);
        };
    }

    private static Tensor tensor(ByteBuffer in) {
        int type = in.get();
        if (type < 0 || type >= TENSOR_TYPES.length) {
            throw new IllegalArgumentException("Unknown element type " + type);
        }
        int[] shape = new int[in.get() & 255];
        int length = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = in.getInt();
            length = Math.multiplyExact(length, shape[i]);
        }
        return switch (TENSOR_TYPES[type]) {
            case FLOAT32 -> {
                ByteBuffer bytes = ByteBuffer.wrap(bytes(in, Math.multiplyExact(length, 4)));
                float[] floats = new float[length];
                bytes.asFloatBuffer().get(floats);
                yield Tensor.ofFloats(floats, shape);
            }
            case INT64 -> {
                ByteBuffer bytes = ByteBuffer.wrap(bytes(in, Math.multiplyExact(length, 8)));
                long[] longs = new long[length];
                bytes.asLongBuffer().get(longs);
                yield Tensor.ofLongs(longs, shape);
            }
            case UINT8 -> Tensor.ofBytes(bytes(in, length), shape);
        };
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in, in.getInt()), StandardCharsets.UTF_8);
    }

    /// Never allocates more than there is.
    private static byte[] bytes(ByteBuffer in, int count) {
        if (count < 0 || count > in.remaining()) {
            throw new IllegalArgumentException(count + " bytes are announced, " + in.remaining() + " are there");
        }
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }
}
