// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.math.BigInteger;
import java.util.Optional;

/// What a pickle holds, read-only once it is read. The same value may stand in several places; none contains itself.
/// What can be a key is comparable: a file full of keys with one hash code costs no more than another.
public sealed interface PickleValue
        permits PickleValue.None,
                PickleValue.Bool,
                PickleValue.Int,
                PickleValue.Real,
                PickleValue.Text,
                PickleValue.Bytes,
                PickleValue.Name,
                PickleValue.Leaf,
                PickleList,
                PickleMap,
                PickleObject {
    /// Python's `None`.
    record None() implements PickleValue {}

    record Bool(boolean value) implements PickleValue {}

    /// A whole number of any size.
    record Int(BigInteger value) implements PickleValue, Comparable<Int> {
        public static Int of(long value) {
            return new Int(BigInteger.valueOf(value));
        }

        @Override
        public int compareTo(Int other) {
            return value.compareTo(other.value);
        }
    }

    record Real(double value) implements PickleValue, Comparable<Real> {
        @Override
        public int compareTo(Real other) {
            return Double.compare(value, other.value);
        }
    }

    record Text(String value) implements PickleValue, Comparable<Text> {
        @Override
        public int compareTo(Text other) {
            return value.compareTo(other.value);
        }
    }

    /// `bytes` or `bytearray`.
    final class Bytes implements PickleValue {
        private final byte[] bytes;

        public Bytes(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        /// A copy.
        public byte[] value() {
            return bytes.clone();
        }

        public int length() {
            return bytes.length;
        }
    }

    /// A class or function by its name; never the thing itself.
    record Name(String module, String name) implements PickleValue, Comparable<Name> {
        /// As Python writes it: `collections.OrderedDict`.
        public String full() {
            return module + "." + name;
        }

        @Override
        public int compareTo(Name other) {
            int byModule = module.compareTo(other.module);
            return byModule != 0 ? byModule : name.compareTo(other.name);
        }
    }

    /// What the reader's user builds: tensors, for example.
    non-sealed interface Leaf extends PickleValue {
        /// The instruction `BUILD`: attributes for a thing just built.
        ///
        /// @throws PickleException if it takes none
        default void build(PickleValue state) {
            throw new PickleException("A " + getClass().getSimpleName() + " takes no state.");
        }
    }

    /// The entry of this key in a dictionary, or the attribute of this name in an object.
    default Optional<PickleValue> get(String key) {
        return Optional.empty();
    }

    /// The text, if this is one.
    default Optional<String> text() {
        return this instanceof Text(String value) ? Optional.of(value) : Optional.empty();
    }

    /// The number, if this is one.
    default Optional<Double> number() {
        return switch (this) {
            case Int(BigInteger value) -> Optional.of(value.doubleValue());
            case Real(double value) -> Optional.of(value);
            case Bool(boolean value) -> Optional.of(value ? 1.0 : 0.0);
            default -> Optional.empty();
        };
    }
}
