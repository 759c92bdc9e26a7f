// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads one pickle of protocol 0 to 5.
public final class PickleReader {
    private static final int MOST_VALUES = 2_000_000;
    private static final int MOST_DIGITS = 400;
    private static final int MOST_LINE = 10_000;
    private static final int LATEST_PROTOCOL = 5;

    private final PickleInput in;
    private final PickleNames names;
    private final PickleStack stack = new PickleStack();
    private final Map<Long, PickleValue> memo = new HashMap<>();
    private int values;

    private PickleReader(PickleInput in, PickleNames names) {
        this.in = in;
        this.names = names;
    }

    /// A value, and where the bytes after its pickle begin.
    public record Result(PickleValue value, long end) {}

    /// @param bytes    hold the pickle
    /// @param position where it begins
    /// @param names    says which classes and functions may be mentioned
    /// @throws PickleException if an instruction or a name is not allowed, or the pickle is damaged, too large or too deep
    public static Result read(MemorySegment bytes, long position, PickleNames names) {
        PickleReader reader = new PickleReader(new PickleInput(bytes, position), names);
        PickleValue value = reader.run();
        PickleDepth.check(value);
        return new Result(value, reader.in.position());
    }

    private PickleValue run() {
        while (true) {
            int opcode = in.unsignedByte();
            if (opcode == Opcodes.STOP) {
                return stack.pop();
            }
            if (++values > MOST_VALUES) {
                throw new PickleException("It has more than " + MOST_VALUES + " instructions.");
            }
            step(opcode);
        }
    }

    private void step(int opcode) {
        switch (opcode) {
            case Opcodes.PROTO -> protocol(in.unsignedByte());
            case Opcodes.FRAME -> in.signedLong();
            case Opcodes.MARK -> stack.mark();
            case Opcodes.POP -> pop();
            case Opcodes.POP_MARK -> stack.popMarked();
            case Opcodes.DUP -> stack.push(stack.top());

            case Opcodes.NONE -> stack.push(new PickleValue.None());
            case Opcodes.NEWTRUE -> stack.push(new PickleValue.Bool(true));
            case Opcodes.NEWFALSE -> stack.push(new PickleValue.Bool(false));
            case Opcodes.INT -> stack.push(decimalOrBool(in.line(MOST_DIGITS)));
            case Opcodes.LONG -> stack.push(decimal(in.line(MOST_DIGITS)));
            case Opcodes.BININT -> stack.push(PickleValue.Int.of(in.signedInt()));
            case Opcodes.BININT1 -> stack.push(PickleValue.Int.of(in.unsignedByte()));
            case Opcodes.BININT2 -> stack.push(PickleValue.Int.of(in.unsignedShort()));
            case Opcodes.LONG1 -> stack.push(littleEndian(in.unsignedByte()));
            case Opcodes.LONG4 -> stack.push(littleEndian(in.unsignedInt()));
            case Opcodes.FLOAT -> stack.push(real(in.line(MOST_DIGITS)));
            case Opcodes.BINFLOAT -> stack.push(new PickleValue.Real(in.bigEndianDouble()));

            case Opcodes.STRING -> stack.push(new PickleValue.Text(quoted(in.line(MOST_LINE))));
            case Opcodes.UNICODE -> stack.push(new PickleValue.Text(in.line(MOST_LINE)));
            case Opcodes.BINSTRING -> stack.push(new PickleValue.Text(in.ascii(in.unsignedInt())));
            case Opcodes.SHORT_BINSTRING -> stack.push(new PickleValue.Text(in.ascii(in.unsignedByte())));
            case Opcodes.BINUNICODE -> stack.push(new PickleValue.Text(in.text(in.unsignedInt())));
            case Opcodes.SHORT_BINUNICODE -> stack.push(new PickleValue.Text(in.text(in.unsignedByte())));
            case Opcodes.BINUNICODE8 -> stack.push(new PickleValue.Text(in.text(in.signedLong())));
            case Opcodes.BINBYTES -> stack.push(new PickleValue.Bytes(in.bytes(in.unsignedInt())));
            case Opcodes.SHORT_BINBYTES -> stack.push(new PickleValue.Bytes(in.bytes(in.unsignedByte())));
            case Opcodes.BINBYTES8, Opcodes.BYTEARRAY8 -> stack.push(new PickleValue.Bytes(in.bytes(in.signedLong())));

            case Opcodes.EMPTY_LIST -> stack.push(list(List.of()));
            case Opcodes.LIST -> stack.push(list(stack.popMarked()));
            case Opcodes.EMPTY_TUPLE -> stack.push(tuple(List.of()));
            case Opcodes.TUPLE -> stack.push(tuple(stack.popMarked()));
            case Opcodes.TUPLE1 -> stack.push(tuple(stack.pop(1)));
            case Opcodes.TUPLE2 -> stack.push(tuple(stack.pop(2)));
            case Opcodes.TUPLE3 -> stack.push(tuple(stack.pop(3)));
            case Opcodes.EMPTY_SET -> stack.push(new PickleList(PickleList.Kind.SET, List.of()));
            case Opcodes.FROZENSET -> stack.push(new PickleList(PickleList.Kind.SET, stack.popMarked()));
            case Opcodes.EMPTY_DICT -> stack.push(new PickleMap());
            case Opcodes.DICT -> {
                List<PickleValue> pairs = stack.popMarked();
                stack.push(new PickleMap());
                setItems(pairs);
            }
            case Opcodes.APPEND -> append(stack.pop(1));
            case Opcodes.APPENDS, Opcodes.ADDITEMS -> append(stack.popMarked());
            case Opcodes.SETITEM -> setItems(stack.pop(2));
            case Opcodes.SETITEMS -> setItems(stack.popMarked());

            case Opcodes.GLOBAL -> stack.push(allowed(new PickleValue.Name(in.line(MOST_LINE), in.line(MOST_LINE))));
            case Opcodes.STACK_GLOBAL -> stackGlobal();
            case Opcodes.REDUCE -> {
                PickleValue arguments = stack.pop();
                call(stack.pop(), arguments);
            }
            case Opcodes.NEWOBJ -> {
                PickleValue arguments = stack.pop();
                call(stack.pop(), arguments);
            }
            case Opcodes.NEWOBJ_EX -> newObjectWithKeywords();
            case Opcodes.INST -> {
                PickleValue.Name type = new PickleValue.Name(in.line(MOST_LINE), in.line(MOST_LINE));
                call(allowed(type), tuple(stack.popMarked()));
            }
            case Opcodes.OBJ -> object(stack.popMarked());
            case Opcodes.BUILD -> build(stack.pop());
            case Opcodes.PERSID -> stack.push(names.persistent(new PickleValue.Text(in.line(MOST_LINE))));
            case Opcodes.BINPERSID -> stack.push(names.persistent(stack.pop()));

            case Opcodes.PUT -> memo.put(index(in.line(20)), stack.top());
            case Opcodes.BINPUT -> memo.put((long) in.unsignedByte(), stack.top());
            case Opcodes.LONG_BINPUT -> memo.put(in.unsignedInt(), stack.top());
            case Opcodes.MEMOIZE -> memo.put((long) memo.size(), stack.top());
            case Opcodes.GET -> stack.push(remembered(index(in.line(20))));
            case Opcodes.BINGET -> stack.push(remembered(in.unsignedByte()));
            case Opcodes.LONG_BINGET -> stack.push(remembered(in.unsignedInt()));
            default ->
                    throw new PickleException(
                            "The instruction "
                                    + Opcodes.nameOfRefused(opcode)
                                    + " at byte "
                                    + (in.position() - 1)
                                    + " is not allowed.");
        }
    }

    private static void protocol(int version) {
        if (version > LATEST_PROTOCOL) {
            throw new PickleException("Its protocol is " + version + ", up to " + LATEST_PROTOCOL + " are known.");
        }
    }

    private void pop() {
        if (stack.isMarkOnTop()) {
            stack.popMarked();
        } else {
            stack.pop();
        }
    }

    private static PickleList list(List<PickleValue> items) {
        return new PickleList(PickleList.Kind.LIST, items);
    }

    private static PickleList tuple(List<PickleValue> items) {
        return new PickleList(PickleList.Kind.TUPLE, items);
    }

    private static PickleValue decimalOrBool(String line) {
        return switch (line) {
            case "00" -> new PickleValue.Bool(false);
            case "01" -> new PickleValue.Bool(true);
            default -> decimal(line);
        };
    }

    private static PickleValue decimal(String line) {
        String digits = line.endsWith("L") ? line.substring(0, line.length() - 1) : line;
        try {
            return new PickleValue.Int(new BigInteger(digits));
        } catch (NumberFormatException _) {
            throw new PickleException("A whole number is written as no number is.");
        }
    }

    private PickleValue littleEndian(long length) {
        if (length > MOST_DIGITS) {
            throw new PickleException(
                    "A whole number has " + length + " bytes, at most " + MOST_DIGITS + " are allowed.");
        }
        byte[] bytes = in.bytes(length);
        byte[] bigEndian = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            bigEndian[i] = bytes[bytes.length - 1 - i];
        }
        return new PickleValue.Int(bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bigEndian));
    }

    private static PickleValue real(String line) {
        try {
            return new PickleValue.Real(
                    switch (line) {
                        case "inf" -> Double.POSITIVE_INFINITY;
                        case "-inf" -> Double.NEGATIVE_INFINITY;
                        case "nan" -> Double.NaN;
                        default -> Double.parseDouble(line);
                    });
        } catch (NumberFormatException _) {
            throw new PickleException("A number is written as no number is.");
        }
    }

    private static String quoted(String line) {
        int last = line.length() - 1;
        boolean isQuoted =
                last > 0 && (line.charAt(0) == '\'' || line.charAt(0) == '"') && line.charAt(last) == line.charAt(0);
        if (!isQuoted) {
            throw new PickleException("A text lacks its quotation marks.");
        }
        return line.substring(1, last);
    }

    private static long index(String line) {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException _) {
            throw new PickleException("A place in the memo is no number.");
        }
    }

    private PickleValue remembered(long index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw new PickleException("Place " + index + " of the memo is empty.");
        }
        return value;
    }

    private void append(List<PickleValue> items) {
        PickleList list =
                switch (stack.top()) {
                    case PickleList target when target.kind() != PickleList.Kind.TUPLE -> target;
                    case PickleObject target -> target.items();
                    default -> throw new PickleException("It appends to something that is no list.");
                };
        items.forEach(list::add);
    }

    private void setItems(List<PickleValue> pairs) {
        PickleMap map =
                switch (stack.top()) {
                    case PickleMap target -> target;
                    case PickleObject target -> target.entries();
                    default -> throw new PickleException("It sets an entry of something that is no dictionary.");
                };
        if (pairs.size() % 2 != 0) {
            throw new PickleException("A key of a dictionary has no value.");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            map.put(pairs.get(i), pairs.get(i + 1));
        }
    }

    private PickleValue.Name allowed(PickleValue.Name name) {
        names.find(name);
        return name;
    }

    private void stackGlobal() {
        PickleValue name = stack.pop();
        PickleValue module = stack.pop();
        if (!(name instanceof PickleValue.Text(String simple)) || !(module instanceof PickleValue.Text(String in))) {
            throw new PickleException("The name of a class is no text.");
        }
        stack.push(allowed(new PickleValue.Name(in, simple)));
    }

    private void newObjectWithKeywords() {
        PickleValue keywords = stack.pop();
        PickleValue arguments = stack.pop();
        if (!(keywords instanceof PickleMap map) || !map.entries().isEmpty()) {
            throw new PickleException("An object is made with named arguments, which is not supported.");
        }
        call(stack.pop(), arguments);
    }

    private void object(List<PickleValue> typeAndArguments) {
        if (typeAndArguments.isEmpty()) {
            throw new PickleException("The class of an object is missing.");
        }
        call(typeAndArguments.getFirst(), tuple(typeAndArguments.subList(1, typeAndArguments.size())));
    }

    private void call(PickleValue callee, PickleValue arguments) {
        if (!(callee instanceof PickleValue.Name name)) {
            throw new PickleException("It calls something that is no name.");
        }
        if (!(arguments instanceof PickleList list) || list.kind() != PickleList.Kind.TUPLE) {
            throw new PickleException("It calls " + name.full() + " with something else than a tuple.");
        }
        stack.push(names.find(name).build(list));
    }

    private void build(PickleValue state) {
        switch (stack.top()) {
            case PickleObject target -> target.build(state);
            case PickleValue.Leaf target -> target.build(state);
            case PickleMap _ -> {
                /* Attributes of a dictionary, as the _metadata of a state dict: no part of its contents. */
            }
            default -> throw new PickleException("It gives attributes to something that has none.");
        }
    }
}
