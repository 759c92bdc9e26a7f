// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/// The size of a dimension: a number, or an integer expression over sizes that only a call knows. Arithmetic is exact, and equal expressions are
/// equal objects: half of an even height, doubled, is the height again. Immutable.
///
/// Held as a polynomial with integer coefficients over atoms; an atom is a variable, or a rounded-down quotient that nothing simplifies.
public final class Size {
    /// What a term multiplies: atoms in order, none for the constant term.
    private final SortedMap<Product, Long> terms;

    private Size(SortedMap<Product, Long> terms) {
        this.terms = terms;
    }

    /// A known size.
    public static Size of(long value) {
        SortedMap<Product, Long> terms = new TreeMap<>();
        if (value != 0) {
            terms.put(Product.ONE, value);
        }
        return new Size(terms);
    }

    /// A size that each call decides.
    ///
    /// @param multiple which it is known to be a multiple of; 1 if nothing is known
    static Size variable(String name, long multiple) {
        Variable variable = new Variable(name);
        Atom atom = multiple == 1 ? variable : new Quotient(single(variable, 1), multiple);
        return single(atom, multiple);
    }

    private static Size single(Atom atom, long coefficient) {
        SortedMap<Product, Long> terms = new TreeMap<>();
        terms.put(new Product(List.of(atom)), coefficient);
        return new Size(terms);
    }

    public Size plus(Size other) {
        SortedMap<Product, Long> sum = new TreeMap<>(terms);
        other.terms.forEach((product, coefficient) -> add(sum, product, coefficient));
        return new Size(sum);
    }

    public Size plus(long value) {
        return plus(of(value));
    }

    public Size minus(Size other) {
        return plus(other.times(of(-1)));
    }

    public Size times(Size other) {
        SortedMap<Product, Long> result = new TreeMap<>();
        terms.forEach((a, x) ->
                other.terms.forEach(
                        (b, y) -> add(result, a.times(b), Math.multiplyExact(x.longValue(), y.longValue()))));
        return new Size(result);
    }

    public Size times(long value) {
        return times(of(value));
    }

    private static void add(SortedMap<Product, Long> terms, Product product, long coefficient) {
        long sum = Math.addExact(terms.getOrDefault(product, 0L), coefficient);
        if (sum == 0) {
            terms.remove(product);
        } else {
            terms.put(product, sum);
        }
    }

    /// The quotient, rounded down.
    ///
    /// @param divisor above 0
    public Size dividedBy(long divisor) {
        if (divisor < 1) {
            throw new IllegalArgumentException("A size is divided by " + divisor);
        }
        SortedMap<Product, Long> whole = new TreeMap<>();
        SortedMap<Product, Long> rest = new TreeMap<>();
        terms.forEach((product, coefficient) -> {
            if (coefficient % divisor == 0) {
                whole.put(product, coefficient / divisor);
            } else {
                rest.put(product, coefficient);
            }
        });
        if (rest.isEmpty()) {
            return new Size(whole);
        }
        Size remainder = new Size(rest);
        Long known = remainder.known();
        Size rounded = known != null ? of(Math.floorDiv(known, divisor)) : single(new Quotient(remainder, divisor), 1);
        return new Size(whole).plus(rounded);
    }

    /// The quotient, if it is known to have no remainder; null otherwise.
    @Nullable Size dividedExactlyBy(Size divisor) {
        if (divisor.terms.size() != 1) {
            return equals(divisor) ? of(1) : null;
        }
        Product product = divisor.terms.firstKey();
        long coefficient = divisor.terms.getOrDefault(product, 0L);
        SortedMap<Product, Long> result = new TreeMap<>();
        for (Map.Entry<Product, Long> term : terms.entrySet()) {
            Product quotient = term.getKey().dividedBy(product);
            if (quotient == null || term.getValue() % coefficient != 0) {
                return null;
            }
            result.put(quotient, term.getValue() / coefficient);
        }
        return new Size(result);
    }

    /// The number, or null if only a call knows it.
    public @Nullable Long known() {
        if (terms.isEmpty()) {
            return 0L;
        }
        return terms.size() == 1 ? terms.get(Product.ONE) : null;
    }

    public boolean isKnown() {
        return known() != null;
    }

    boolean is(long value) {
        return Objects.equals(known(), value);
    }

    /// Whether it is another number than 0 in every call: all of its terms have one sign, and one has nothing in it that could be 0, as a size rounded
    /// down could.
    boolean isNeverZero() {
        boolean isPositive = terms.values().stream().allMatch(coefficient -> coefficient > 0);
        boolean isNegative = terms.values().stream().allMatch(coefficient -> coefficient < 0);
        return isPositive != isNegative
                && terms.keySet().stream()
                        .anyMatch(product -> product.atoms().stream().allMatch(Variable.class::isInstance));
    }

    /// The number, given what each variable is.
    ///
    /// @throws IllegalArgumentException if a variable is not given
    public long value(Map<String, Long> variables) {
        return sum(name -> {
            Long value = variables.get(name);
            if (value == null) {
                throw new IllegalArgumentException("The size " + name + " is not given");
            }
            return value;
        });
    }

    private long sum(ToLongFunction<String> variables) {
        long sum = 0;
        for (Map.Entry<Product, Long> term : terms.entrySet()) {
            long product = term.getValue();
            for (Atom atom : term.getKey().atoms()) {
                product = Math.multiplyExact(product, atom.value(variables));
            }
            sum = Math.addExact(sum, product);
        }
        return sum;
    }

    /// The names of the variables in it.
    public Set<String> variables() {
        Set<String> names = new TreeSet<>();
        terms.keySet().forEach(product -> product.atoms().forEach(atom -> atom.collect(names)));
        return names;
    }

    /// What makes a call's number fit: the variable and what it is a multiple of, if this is a variable and no expression; else null.
    public @Nullable Declared declared() {
        if (terms.size() != 1 || terms.firstKey().atoms().size() != 1) {
            return null;
        }
        long coefficient = terms.getOrDefault(terms.firstKey(), 0L);
        return switch (terms.firstKey().atoms().getFirst()) {
            case Variable variable when coefficient == 1 -> new Declared(variable.name, 1);
            case Quotient quotient
                    when quotient.divisor == coefficient
                            && quotient.dividend.declared() instanceof Declared inner
                            && inner.multiple() == 1 ->
                    new Declared(inner.name(), coefficient);
            default -> null;
        };
    }

    /// A variable as it was declared.
    public record Declared(String name, long multiple) {}

    /// As an expression of integers with `+`, `*`, `//` and parentheses.
    ///
    /// @param variable how a variable is written
    public String expression(java.util.function.UnaryOperator<String> variable) {
        if (terms.isEmpty()) {
            return "0";
        }
        List<String> parts = new ArrayList<>();
        terms.forEach((product, coefficient) -> {
            List<String> factors = new ArrayList<>();
            product.atoms().forEach(atom -> factors.add(atom.expression(variable)));
            if (coefficient != 1 || factors.isEmpty()) {
                factors.add(coefficient < 0 ? "(" + coefficient + ")" : coefficient.toString());
            }
            parts.add(String.join(" * ", factors));
        });
        return String.join(" + ", parts);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Size that && terms.equals(that.terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }

    /// As a reader would write it.
    @Override
    public String toString() {
        Declared declared = declared();
        Long known = known();
        return known != null ? known.toString() : declared != null ? declared.name() : expression(name -> name);
    }

    /// Two are equal if they are written alike: the text is kept, since arithmetic compares atoms all the time.
    private abstract static sealed class Atom implements Comparable<Atom> {
        private final String text;

        Atom(String text) {
            this.text = text;
        }

        abstract long value(ToLongFunction<String> variables);

        abstract void collect(Set<String> names);

        abstract String expression(java.util.function.UnaryOperator<String> variable);

        @Override
        public final int compareTo(Atom other) {
            return this == other ? 0 : text.compareTo(other.text);
        }

        @Override
        public final boolean equals(Object other) {
            return this == other || other instanceof Atom that && text.equals(that.text);
        }

        @Override
        public final int hashCode() {
            return text.hashCode();
        }
    }

    private static final class Variable extends Atom {
        private final String name;

        Variable(String name) {
            super(name);
            this.name = name;
        }

        @Override
        long value(ToLongFunction<String> variables) {
            return variables.applyAsLong(name);
        }

        @Override
        void collect(Set<String> names) {
            names.add(name);
        }

        @Override
        String expression(java.util.function.UnaryOperator<String> variable) {
            return variable.apply(name);
        }
    }

    private static final class Quotient extends Atom {
        private final Size dividend;
        private final long divisor;

        Quotient(Size dividend, long divisor) {
            super(written(dividend.expression(name -> name), divisor));
            this.dividend = dividend;
            this.divisor = divisor;
        }

        private static String written(String dividend, long divisor) {
            return "((" + dividend + ") // " + divisor + ")";
        }

        @Override
        long value(ToLongFunction<String> variables) {
            return Math.floorDiv(dividend.sum(variables), divisor);
        }

        @Override
        void collect(Set<String> names) {
            names.addAll(dividend.variables());
        }

        @Override
        String expression(java.util.function.UnaryOperator<String> variable) {
            return written(dividend.expression(variable), divisor);
        }
    }

    /// Atoms in order; one that occurs twice stands twice.
    private record Product(List<Atom> atoms) implements Comparable<Product> {
        static final Product ONE = new Product(List.of());

        Product times(Product other) {
            List<Atom> all = new ArrayList<>(atoms);
            all.addAll(other.atoms);
            all.sort(null);
            return new Product(List.copyOf(all));
        }

        @Nullable Product dividedBy(Product other) {
            List<Atom> left = new ArrayList<>(atoms);
            for (Atom atom : other.atoms) {
                if (!left.remove(atom)) {
                    return null;
                }
            }
            return new Product(List.copyOf(left));
        }

        @Override
        public int compareTo(Product other) {
            int byCount = Integer.compare(other.atoms.size(), atoms.size()); // the constant term comes last
            for (int i = 0; byCount == 0 && i < atoms.size(); i++) {
                int byAtom = atoms.get(i).compareTo(other.atoms.get(i));
                if (byAtom != 0) {
                    return byAtom;
                }
            }
            return byCount;
        }
    }
}
