// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import static dev.diptych.api.network.SymbolType.BOOL;
import static dev.diptych.api.network.SymbolType.FLOAT;
import static dev.diptych.api.network.SymbolType.FLOAT32;
import static dev.diptych.api.network.SymbolType.INT64;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A tensor of a network that is being described: it has a type and a shape, and no numbers yet. Every method adds a step to the function that the
/// symbol belongs to and gives that step's result. Dimensions count from 0, outermost first; negative ones from the last, which is -1.
/// Operations mean what PyTorch's of the same name mean. Immutable.
public final class Symbol {
    private final FunctionScope scope;
    private final String id;
    private final SymbolType type;
    private final List<Size> shape;

    Symbol(FunctionScope scope, String id, SymbolType type, List<Size> shape) {
        this.scope = scope;
        this.id = id;
        this.type = type;
        this.shape = List.copyOf(shape);
    }

    /// Its name in the function: `in0` an input, `w12` the parameter of that number, `c0` a constant, `v7` a result.
    public String id() {
        return id;
    }

    public SymbolType type() {
        return type;
    }

    public List<Size> shape() {
        return shape;
    }

    public int rank() {
        return shape.size();
    }

    /// The size of one dimension.
    public Size size(int dimension) {
        return shape.get(axis(dimension));
    }

    /// The function that is being described.
    public FunctionScope function() {
        return scope;
    }

    /// A parameter, as a tensor of the same function.
    public Symbol of(Parameter parameter) {
        return scope.of(parameter);
    }

    // Arithmetic; shapes are stretched as in PyTorch.

    public Symbol plus(Symbol other) {
        return binary("add", other, promoted(other));
    }

    public Symbol plus(Parameter parameter) {
        return plus(of(parameter));
    }

    public Symbol plus(double value) {
        return withNumber("add", value);
    }

    public Symbol minus(Symbol other) {
        return binary("sub", other, promoted(other));
    }

    public Symbol minus(double value) {
        return withNumber("sub", value);
    }

    public Symbol times(Symbol other) {
        return binary("mul", other, promoted(other));
    }

    public Symbol times(Parameter parameter) {
        return times(of(parameter));
    }

    public Symbol times(double value) {
        return withNumber("mul", value);
    }

    public Symbol dividedBy(Symbol other) {
        return binary("div", other, type.isFloat() || other.type.isFloat() ? promoted(other) : FLOAT32);
    }

    public Symbol dividedBy(double value) {
        return scope.apply(
                "div", List.of(value(), new Argument.Real(value)), type.isFloat() ? type : FLOAT32, shape, Size.of(0));
    }

    public Symbol pow(double exponent) {
        return scope.apply("pow", List.of(value(), new Argument.Real(exponent)), type, shape, Size.of(0));
    }

    public Symbol maximum(Symbol other) {
        return binary("maximum", other, promoted(other));
    }

    public Symbol minimum(Symbol other) {
        return binary("minimum", other, promoted(other));
    }

    /// Numbers below `low` become `low`, those above `high` become `high`.
    public Symbol clamp(double low, double high) {
        return scope.apply("clamp", List.of(value(), number(low), number(high)), type, shape, Size.of(0));
    }

    public Symbol clampMin(double low) {
        return scope.apply("clamp_min", List.of(value(), number(low)), type, shape, Size.of(0));
    }

    public Symbol negated() {
        return unary("neg");
    }

    public Symbol abs() {
        return unary("abs");
    }

    public Symbol exp() {
        return unary("exp");
    }

    public Symbol log() {
        return unary("log");
    }

    public Symbol sqrt() {
        return unary("sqrt");
    }

    public Symbol rsqrt() {
        return unary("rsqrt");
    }

    public Symbol sin() {
        return unary("sin");
    }

    public Symbol cos() {
        return unary("cos");
    }

    public Symbol erf() {
        return unary("erf");
    }

    /// To the nearest integer, halves to even.
    public Symbol round() {
        return unary("round");
    }

    public Symbol floor() {
        return unary("floor");
    }

    // Activations.

    public Symbol silu() {
        return unary("silu");
    }

    /// Exact, with the error function.
    public Symbol gelu() {
        return unary("gelu");
    }

    /// The approximation with tanh.
    public Symbol geluTanh() {
        return scope.apply("gelu", List.of(value(), new Argument.Text("tanh")), type, shape, Size.of(0));
    }

    /// x · σ(1.702 x): OpenAI's CLIP.
    public Symbol quickGelu() {
        return times(times(1.702).sigmoid());
    }

    public Symbol relu() {
        return unary("relu");
    }

    public Symbol leakyRelu(double slope) {
        return scope.apply("leaky_relu", List.of(value(), new Argument.Real(slope)), type, shape, Size.of(0));
    }

    public Symbol mish() {
        return unary("mish");
    }

    public Symbol softplus() {
        return unary("softplus");
    }

    public Symbol sigmoid() {
        return unary("sigmoid");
    }

    public Symbol tanh() {
        return unary("tanh");
    }

    public Symbol softmax(int dimension) {
        return scope.apply(
                "softmax", List.of(value(), whole(axis(dimension)), new Argument.None()), type, shape, Size.of(0));
    }

    public Symbol logSoftmax(int dimension) {
        return scope.apply(
                "log_softmax", List.of(value(), whole(axis(dimension)), new Argument.None()), type, shape, Size.of(0));
    }

    // Comparison.

    public Symbol equalTo(double value) {
        return scope.apply("eq", List.of(value(), number(value)), BOOL, shape, Size.of(0));
    }

    public Symbol equalTo(Symbol other) {
        return binary("eq", other, BOOL);
    }

    public Symbol atLeast(Symbol other) {
        return binary("ge", other, BOOL);
    }

    public Symbol atLeast(double value) {
        return scope.apply("ge", List.of(value(), number(value)), BOOL, shape, Size.of(0));
    }

    public Symbol lessThan(Symbol other) {
        return binary("lt", other, BOOL);
    }

    public Symbol lessThan(double value) {
        return scope.apply("lt", List.of(value(), number(value)), BOOL, shape, Size.of(0));
    }

    public Symbol logicalAnd(Symbol other) {
        return binary("logical_and", other, BOOL);
    }

    public Symbol logicalNot() {
        return scope.apply("logical_not", List.of(value()), BOOL, shape, Size.of(0));
    }

    /// Where this is true, `yes`; elsewhere `no`.
    public Symbol choose(Symbol yes, Symbol no) {
        if (type != BOOL) {
            throw wrong("is %s; a condition is needed", type);
        }
        List<Size> values = broadcast("choose", yes, no);
        List<Size> all = Shapes.broadcast(shape, values);
        if (all == null) {
            throw wrong("a condition of shape %s does not fit %s", shape, values);
        }
        return scope.apply("where", List.of(value(), yes.value(), no.value()), yes.promoted(no), all, Size.of(0));
    }

    // Types.

    /// In the number format of the network.
    public Symbol toFloat() {
        return to(FLOAT);
    }

    /// In float32.
    public Symbol toFloat32() {
        return to(FLOAT32);
    }

    /// As integers of 64 bits, rounded towards zero.
    public Symbol toInt64() {
        return to(INT64);
    }

    /// As another type; the same symbol if it has it already.
    public Symbol to(SymbolType wanted) {
        return wanted == type
                ? this
                : scope.apply("to", List.of(value(), new Argument.Type(wanted)), wanted, shape, Size.of(0));
    }

    // Reductions.

    public Symbol mean(boolean keepsDimensions, int... dimensions) {
        return reduced("mean", keepsDimensions, type, dimensions);
    }

    public Symbol sum(boolean keepsDimensions, int... dimensions) {
        return reduced("sum", keepsDimensions, type, dimensions);
    }

    public Symbol max(boolean keepsDimensions, int... dimensions) {
        return reduced("amax", keepsDimensions, type, dimensions);
    }

    public Symbol min(boolean keepsDimensions, int... dimensions) {
        return reduced("amin", keepsDimensions, type, dimensions);
    }

    /// The variance divided by n, not n - 1.
    public Symbol variance(boolean keepsDimensions, int... dimensions) {
        int[] axes = axes(dimensions);
        return scope.apply(
                "var",
                List.of(value(), wholes(axes), new Argument.Flag(false), new Argument.Flag(keepsDimensions)),
                type,
                reducedShape(keepsDimensions, axes),
                Size.of(0));
    }

    /// The place of the greatest element, the first of equal ones; int64.
    public Symbol argmax(int dimension) {
        int axis = axis(dimension);
        return scope.apply(
                "argmax",
                List.of(value(), whole(axis), new Argument.Flag(false)),
                INT64,
                reducedShape(false, new int[] {axis}),
                Size.of(0));
    }

    public Symbol cumulativeSum(int dimension) {
        return scope.apply("cumsum", List.of(value(), whole(axis(dimension))), type, shape, Size.of(0));
    }

    // Shape.

    /// The same elements under another shape.
    ///
    /// @param sizes each an `int`, a `long` or a [Size]; one may be -1, and is what is left
    public Symbol reshape(Object... sizes) {
        List<Size> wanted = new ArrayList<>(Shapes.sizes(sizes));
        int open = -1;
        Size known = Size.of(1);
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).is(-1)) {
                if (open >= 0) {
                    throw wrong("of shape %s is given a shape with two open sizes", shape);
                }
                open = i;
            } else {
                known = known.times(wanted.get(i));
            }
        }
        Size all = Shapes.product(shape);
        if (open >= 0) {
            Size rest = all.dividedExactlyBy(known);
            Long number = known.known();
            Long count = all.known();
            if (rest == null && number != null && number > 0 && count == null) {
                rest = all.dividedBy(number);
            }
            if (rest == null) {
                throw wrong("of shape %s cannot take the shape %s", shape, Arrays.toString(sizes));
            }
            wanted.set(open, rest);
        } else if (Shapes.clash(all, known)) {
            throw wrong("of shape %s cannot take the shape %s", shape, Arrays.toString(sizes));
        }
        return scope.apply("reshape", List.of(value(), new Argument.Wholes(wanted)), type, wanted, Size.of(0));
    }

    /// Dimensions `first` to `last` become one.
    public Symbol flatten(int first, int last) {
        int from = axis(first);
        int to = axis(last);
        List<Object> sizes = new ArrayList<>(shape.subList(0, from));
        sizes.add(Shapes.product(shape.subList(from, to + 1)));
        sizes.addAll(shape.subList(to + 1, rank()));
        return reshape(sizes.toArray());
    }

    /// One dimension becomes several.
    ///
    /// @param sizes one may be -1
    public Symbol unflatten(int dimension, Object... sizes) {
        int axis = axis(dimension);
        List<Size> inner = new ArrayList<>(Shapes.sizes(sizes));
        int open = inner.indexOf(Size.of(-1));
        if (open >= 0) {
            inner.remove(open);
            Size rest = shape.get(axis).dividedExactlyBy(Shapes.product(inner));
            Long divisor = Shapes.product(inner).known();
            if (rest == null && divisor != null && !shape.get(axis).isKnown()) {
                rest = shape.get(axis).dividedBy(divisor);
            }
            if (rest == null) {
                throw wrong("of shape %s: dimension %d cannot become %s", shape, dimension, Arrays.toString(sizes));
            }
            inner.add(open, rest);
        }
        List<Object> all = new ArrayList<>(shape.subList(0, axis));
        all.addAll(inner);
        all.addAll(shape.subList(axis + 1, rank()));
        return reshape(all.toArray());
    }

    /// A vector for each picture, made ready for arithmetic with a picture: (batch, channels) → (batch, channels, 1, 1).
    public Symbol spatial() {
        return unsqueeze(-1).unsqueeze(-1);
    }

    public Symbol unsqueeze(int dimension) {
        int axis = dimension < 0 ? dimension + rank() + 1 : dimension;
        List<Size> wanted = new ArrayList<>(shape);
        wanted.add(axis, Size.of(1));
        return scope.apply("unsqueeze", List.of(value(), whole(axis)), type, wanted, Size.of(0));
    }

    /// Without a dimension of size 1.
    public Symbol squeeze(int dimension) {
        int axis = axis(dimension);
        if (Shapes.clash(shape.get(axis), Size.of(1))) {
            throw wrong("of shape %s: dimension %d is not 1", shape, dimension);
        }
        return scope.apply(
                "squeeze", List.of(value(), whole(axis)), type, reducedShape(false, new int[] {axis}), Size.of(0));
    }

    public Symbol permute(int... dimensions) {
        int[] axes = axes(dimensions);
        if (axes.length != rank() || Arrays.stream(axes).distinct().count() != rank()) {
            throw wrong("of shape %s cannot be permuted by %s", shape, Arrays.toString(dimensions));
        }
        return scope.apply(
                "permute",
                List.of(value(), wholes(axes)),
                type,
                Arrays.stream(axes).mapToObj(shape::get).toList(),
                Size.of(0));
    }

    public Symbol transpose(int a, int b) {
        int first = axis(a);
        int second = axis(b);
        List<Size> wanted = Shapes.with(Shapes.with(shape, first, shape.get(second)), second, shape.get(first));
        return scope.apply("transpose", List.of(value(), whole(first), whole(second)), type, wanted, Size.of(0));
    }

    /// Stretches dimensions of size 1, without copying.
    public Symbol expand(Object... sizes) {
        List<Size> wanted = Shapes.sizes(sizes);
        List<Size> stretched = Shapes.broadcast(shape, wanted);
        if (stretched == null || wanted.size() < rank()) {
            throw wrong("of shape %s cannot be stretched to %s", shape, wanted);
        }
        return scope.apply(
                "expand",
                List.of(value(), new Argument.Wholes(wanted), new Argument.Flag(false)),
                type,
                wanted,
                Size.of(0));
    }

    /// The whole tensor several times along each dimension.
    public Symbol repeat(Object... times) {
        List<Size> counts = Shapes.sizes(times);
        List<Size> wanted = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            int own = i - (counts.size() - rank());
            wanted.add(own < 0 ? counts.get(i) : shape.get(own).times(counts.get(i)));
        }
        return scope.apply("repeat", List.of(value(), new Argument.Wholes(counts)), type, wanted, Size.of(0));
    }

    /// Each element of a dimension several times, one after the other.
    public Symbol repeatInterleave(Object times, int dimension) {
        int axis = axis(dimension);
        Size count = Shapes.size(times);
        Size whole = shape.get(axis).times(count);
        List<Object> stretched = new ArrayList<>(shape);
        stretched.add(axis + 1, count);
        List<Object> wanted = new ArrayList<>(shape);
        wanted.set(axis, whole);
        return unsqueeze(axis + 1).expand(stretched.toArray()).reshape(wanted.toArray());
    }

    /// Equal parts along a dimension.
    public Symbol[] chunk(int parts, int dimension) {
        int axis = axis(dimension);
        Size part = shape.get(axis).dividedBy(parts);
        if (Shapes.clash(part.times(parts), shape.get(axis))) {
            throw wrong("of shape %s: dimension %d has no %d equal parts", shape, dimension, parts);
        }
        Size[] sizes = new Size[parts];
        Arrays.fill(sizes, part);
        return split(axis, (Object[]) sizes);
    }

    /// Parts of given sizes along a dimension.
    public Symbol[] split(int dimension, Object... sizes) {
        int axis = axis(dimension);
        List<Size> parts = Shapes.sizes(sizes);
        Size sum = Size.of(0);
        for (Size part : parts) {
            sum = sum.plus(part);
        }
        if (Shapes.clash(sum, shape.get(axis))) {
            throw wrong("of shape %s: dimension %d cannot be split into %s", shape, dimension, parts);
        }
        return scope.applyForList(
                        "split_with_sizes",
                        List.of(value(), new Argument.Wholes(parts), whole(axis)),
                        type,
                        parts.stream().map(part -> Shapes.with(shape, axis, part)).toList())
                .toArray(Symbol[]::new);
    }

    /// Elements `from` to `to`, the latter excluded, along a dimension; negative numbers count from the end.
    public Symbol slice(int dimension, Object from, Object to) {
        int axis = axis(dimension);
        Size size = shape.get(axis);
        Size start = fromEnd(Shapes.size(from), size);
        Size end = fromEnd(Shapes.size(to), size);
        Size length = end.minus(start);
        Long known = length.known();
        Long over = end.minus(size).known();
        if (known != null && known < 0 || over != null && over > 0) {
            throw wrong("of shape %s: dimension %d has no elements %s to %s", shape, dimension, start, end);
        }
        return scope.apply(
                "slice",
                List.of(value(), whole(axis), new Argument.Whole(start), new Argument.Whole(end), whole(1)),
                type,
                Shapes.with(shape, axis, length),
                Size.of(0));
    }

    private static Size fromEnd(Size index, Size size) {
        Long known = index.known();
        return known != null && known < 0 ? size.plus(known) : index;
    }

    /// Every `step`-th element of a dimension.
    public Symbol every(int step, int dimension) {
        int axis = axis(dimension);
        Size size = shape.get(axis);
        return scope.apply(
                "slice",
                List.of(value(), whole(axis), whole(0), new Argument.Whole(size), whole(step)),
                type,
                Shapes.with(shape, axis, size.plus(step - 1).dividedBy(step)),
                Size.of(0));
    }

    /// One element of a dimension, which disappears.
    public Symbol select(int dimension, Object index) {
        int axis = axis(dimension);
        Size place = fromEnd(Shapes.size(index), shape.get(axis));
        return scope.apply(
                "select",
                List.of(value(), whole(axis), new Argument.Whole(place)),
                type,
                reducedShape(false, new int[] {axis}),
                Size.of(0));
    }

    public Symbol flip(int... dimensions) {
        return scope.apply("flip", List.of(value(), wholes(axes(dimensions))), type, shape, Size.of(0));
    }

    /// Several tensors one after the other along a dimension.
    public static Symbol concatenate(int dimension, Symbol... parts) {
        return concatenate(dimension, List.of(parts));
    }

    public static Symbol concatenate(int dimension, List<Symbol> parts) {
        Symbol first = parts.getFirst();
        int axis = first.axis(dimension);
        Size sum = Size.of(0);
        for (Symbol part : parts) {
            boolean fits = part.rank() == first.rank() && part.type == first.type;
            for (int i = 0; fits && i < first.rank(); i++) {
                fits = i == axis || !Shapes.clash(part.shape.get(i), first.shape.get(i));
            }
            if (!fits) {
                throw first.wrong("and %s cannot be concatenated along dimension %d", part, dimension);
            }
            sum = sum.plus(part.shape.get(axis));
        }
        return first.scope.apply(
                "cat",
                List.of(new Argument.Values(List.copyOf(parts)), first.whole(axis)),
                first.type,
                Shapes.with(first.shape, axis, sum),
                Size.of(0));
    }

    /// Several tensors of one shape along a new dimension.
    public static Symbol stack(int dimension, Symbol... parts) {
        int axis = dimension < 0 ? dimension + parts[0].rank() + 1 : dimension;
        return concatenate(axis, Arrays.stream(parts).map(part -> part.unsqueeze(axis)).toList());
    }

    /// Adds a border of `value` to the last dimensions.
    ///
    /// @param borders before and after the last dimension, before and after the one before it, and so on
    public Symbol pad(double value, int... borders) {
        return scope.apply(
                "constant_pad_nd", List.of(value(), wholes(borders), number(value)), type, padded(borders), Size.of(0));
    }

    /// Adds a border that mirrors the picture without repeating its edge: (…, height, width).
    public Symbol padReflect(int left, int right, int top, int bottom) {
        return border("reflection_pad2d", left, right, top, bottom);
    }

    /// Adds a border that repeats the edge of the picture: (…, height, width).
    public Symbol padReplicate(int left, int right, int top, int bottom) {
        return border("replication_pad2d", left, right, top, bottom);
    }

    private Symbol border(String operation, int... borders) {
        return scope.apply(operation, List.of(value(), wholes(borders)), type, padded(borders), Size.of(0));
    }

    private List<Size> padded(int... borders) {
        List<Size> wanted = new ArrayList<>(shape);
        for (int i = 0; i < borders.length / 2; i++) {
            int axis = rank() - 1 - i;
            wanted.set(axis, wanted.get(axis).plus(borders[2 * i] + borders[2 * i + 1]));
        }
        return wanted;
    }

    /// Where `mask` is true, `value`.
    public Symbol filled(Symbol mask, double value) {
        return scope.apply("masked_fill", List.of(value(), mask.value(), number(value)), type, shape, Size.of(0));
    }

    /// Elements of one dimension, by number.
    ///
    /// @param indices int64, of this rank: the result has its shape
    public Symbol gather(int dimension, Symbol indices) {
        return scope.apply(
                "gather", List.of(value(), whole(axis(dimension)), indices.value()), type, indices.shape, Size.of(0));
    }

    /// Whole slices of one dimension, by number.
    ///
    /// @param indices int64, one row
    public Symbol indexSelect(int dimension, Symbol indices) {
        int axis = axis(dimension);
        return scope.apply(
                "index_select",
                List.of(value(), whole(axis), indices.value()),
                type,
                Shapes.with(shape, axis, indices.size(0)),
                Size.of(0));
    }

    /// The lower triangle of the last two dimensions, zeros above.
    public Symbol lowerTriangle() {
        return unary("tril");
    }

    // Products.

    /// Matrix product of the last two dimensions; the others are stretched.
    public Symbol matmul(Symbol other) {
        requireOneFloatType(other);
        Size inner = size(-1);
        if (rank() < 2 || other.rank() < 2 || Shapes.clash(inner, other.size(-2))) {
            throw wrong("of shape %s cannot be multiplied by %s", shape, other.shape);
        }
        List<Size> outer = Shapes.broadcast(shape.subList(0, rank() - 2), other.shape.subList(0, other.rank() - 2));
        if (outer == null) {
            throw wrong("of shape %s cannot be multiplied by %s", shape, other.shape);
        }
        List<Size> wanted = new ArrayList<>(outer);
        wanted.add(size(-2));
        wanted.add(other.size(-1));
        return scope.apply(
                "matmul", List.of(value(), other.value()), type, wanted, Shapes.product(wanted).times(inner).times(2));
    }

    /// x Wᵀ + b over the last dimension.
    ///
    /// @param weight (out, in)
    public Symbol linear(Parameter weight, @Nullable Parameter bias) {
        if (Shapes.clash(size(-1), Size.of(weight.shape()[1]))) {
            throw mismatch(weight, size(-1) + " features", weight.shape()[1] + " expected");
        }
        requireFloat(weight);
        List<Size> wanted = Shapes.with(shape, rank() - 1, Size.of(weight.shape()[0]));
        return scope.apply(
                "linear",
                List.of(value(), of(weight).value(), optional(bias)),
                type,
                wanted,
                Shapes.product(shape).times(2 * weight.shape()[0]));
    }

    /// Rows of a table, by number.
    ///
    /// @param table (count, width); this is int64
    public Symbol embedding(Parameter table) {
        if (type != INT64) {
            throw mismatch(table, type + " elements", "int64 expected");
        }
        List<Size> wanted = new ArrayList<>(shape);
        wanted.add(Size.of(table.shape()[1]));
        return scope.apply("embedding", List.of(of(table).value(), value()), FLOAT, wanted, Size.of(0));
    }

    /// Attention with the scale 1/√headDim: softmax(q kᵀ · scale + mask) v, fused.
    public Symbol attention(Symbol keys, Symbol values) {
        return attention(keys, values, null, false, null);
    }

    /// Attention, fused: softmax(q kᵀ · scale + mask) v. This holds the queries.
    ///
    /// @param keys     (batch, heads, keyTokens, headDim)
    /// @param values   (batch, heads, keyTokens, valueDim)
    /// @param mask     added to the products, or true where a key may be seen; stretched to (batch, heads, tokens, keyTokens)
    /// @param isCausal a query sees no later key; then no mask
    /// @param scale    null for 1/√headDim
    /// @return (batch, heads, tokens, valueDim)
    public Symbol attention(
            Symbol keys, Symbol values, @Nullable Symbol mask, boolean isCausal, @Nullable Double scale) {
        requireOneFloatType(keys);
        requireOneFloatType(values);
        boolean fits =
                rank() == keys.rank()
                        && keys.rank() == values.rank()
                        && rank() >= 3
                        && !Shapes.clash(size(-1), keys.size(-1))
                        && !Shapes.clash(keys.size(-2), values.size(-2));
        for (int i = 0; fits && i < rank() - 2; i++) {
            fits = !Shapes.clash(shape.get(i), keys.shape.get(i)) && !Shapes.clash(shape.get(i), values.shape.get(i));
        }
        if (!fits) {
            throw wrong("queries of shape %s do not fit keys %s and values %s", shape, keys.shape, values.shape);
        }
        List<Size> wanted = Shapes.with(shape, rank() - 1, values.size(-1));
        Size pairs = Shapes.product(shape.subList(0, rank() - 1)).times(keys.size(-2));
        return scope.apply(
                "scaled_dot_product_attention",
                List.of(
                        value(),
                        keys.value(),
                        values.value(),
                        mask == null ? new Argument.None() : mask.value(),
                        new Argument.Real(0),
                        new Argument.Flag(isCausal),
                        scale == null ? new Argument.None() : new Argument.Real(scale)),
                type,
                wanted,
                pairs.times(size(-1)).times(2).plus(pairs.times(values.size(-1)).times(2)));
    }

    // Convolutions, norms, resampling: see the layers of this package.

    /// Convolution over the last 1, 2 or 3 dimensions.
    ///
    /// @param weight   (out, in / groups, kernel …)
    /// @param stride   for each of these dimensions, as are padding and dilation
    public Symbol convolution(
            Parameter weight, @Nullable Parameter bias, int[] stride, int[] padding, int[] dilation, int groups) {
        long[] w = weight.shape();
        int dimensions = w.length - 2;
        if (rank() != dimensions + 2) {
            throw mismatch(weight, "shape " + shape, (dimensions + 2) + " dimensions expected");
        }
        if (Shapes.clash(size(1), Size.of(w[1] * groups))) {
            throw mismatch(weight, size(1) + " channels", w[1] * groups + " expected");
        }
        requireFloat(weight);
        List<Size> wanted = new ArrayList<>(List.of(size(0), Size.of(w[0])));
        for (int i = 0; i < dimensions; i++) {
            Size out = Shapes.windowed(size(i + 2), w[i + 2], stride[i], padding[i], dilation[i]);
            Long known = out.known();
            if (known != null && known < 1) {
                throw mismatch(weight, "shape " + shape, "a larger one expected");
            }
            wanted.add(out);
        }
        return scope.apply(
                "conv" + dimensions + "d",
                List.of(
                        value(),
                        of(weight).value(),
                        optional(bias),
                        wholes(stride),
                        wholes(padding),
                        wholes(dilation),
                        whole(groups)),
                type,
                wanted,
                Shapes.product(wanted).times(2 * (weight.elements() / w[0])));
    }

    /// Transposed convolution over the last two dimensions.
    ///
    /// @param weight (in, out, kernel, kernel)
    public Symbol transposedConvolution(Parameter weight, @Nullable Parameter bias, int stride, int padding) {
        long[] w = weight.shape();
        if (rank() != 4 || Shapes.clash(size(1), Size.of(w[0]))) {
            throw mismatch(weight, "shape " + shape, w[0] + " channels expected");
        }
        requireFloat(weight);
        List<Size> wanted = new ArrayList<>(List.of(size(0), Size.of(w[1])));
        for (int i = 0; i < 2; i++) {
            wanted.add(size(i + 2).plus(-1).times(stride).plus(w[i + 2] - 2L * padding));
        }
        return scope.apply(
                "conv_transpose2d",
                List.of(
                        value(),
                        of(weight).value(),
                        optional(bias),
                        wholes(stride, stride),
                        wholes(padding, padding),
                        wholes(0, 0),
                        whole(1),
                        wholes(1, 1)),
                type,
                wanted,
                Shapes.product(shape).times(2 * (weight.elements() / w[0])));
    }

    /// Each group of channels of each picture to mean 0 and variance 1, then scaled and shifted.
    ///
    /// @param weight (channels), with bias; null for neither
    public Symbol groupNorm(int groups, @Nullable Parameter weight, @Nullable Parameter bias, double epsilon) {
        Long channels = size(1).known();
        if (weight != null && Shapes.clash(size(1), Size.of(weight.shape()[0]))) {
            throw mismatch(weight, size(1) + " channels", weight.shape()[0] + " expected");
        }
        if (channels != null && channels % groups != 0) {
            throw wrong("of shape %s has no %d equal groups of channels", shape, groups);
        }
        if (weight != null) {
            requireFloat(weight);
        }
        return scope.apply(
                "group_norm",
                List.of(
                        value(),
                        whole(groups),
                        optional(weight),
                        optional(bias),
                        new Argument.Real(epsilon),
                        new Argument.Flag(true)),
                type,
                shape,
                Size.of(0));
    }

    /// The last dimensions to mean 0 and variance 1, then scaled and shifted.
    ///
    /// @param sizes what the last dimensions are
    public Symbol layerNorm(long[] sizes, @Nullable Parameter weight, @Nullable Parameter bias, double epsilon) {
        List<Size> last = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            last.add(Size.of(sizes[i]));
            if (Shapes.clash(size(i - sizes.length), last.get(i))) {
                throw weight != null
                        ? mismatch(weight, "shape " + shape, Arrays.toString(sizes) + " at the end expected")
                        : wrong("of shape %s does not end in %s", shape, Arrays.toString(sizes));
            }
        }
        if (weight != null) {
            requireFloat(weight);
        }
        return scope.apply(
                "layer_norm",
                List.of(
                        value(),
                        new Argument.Wholes(last),
                        optional(weight),
                        optional(bias),
                        new Argument.Real(epsilon),
                        new Argument.Flag(true)),
                type,
                shape,
                Size.of(0));
    }

    /// Divided by the root of the mean of the squares of the last dimension, computed in float32.
    public Symbol rmsNorm(double epsilon) {
        Symbol x = toFloat32();
        return x.times(x.times(x).mean(true, -1).plus(epsilon).rsqrt()).to(type);
    }

    /// Each pixel repeated: (batch, channels, height, width), or with depth.
    public Symbol upsampleNearest(int factor) {
        return resizeNearest(shape.subList(2, rank()).stream().map(size -> size.times(factor)).toArray());
    }

    /// The nearest pixel, as PyTorch's `nearest` takes it.
    ///
    /// @param sizes of all dimensions after the second
    public Symbol resizeNearest(Object... sizes) {
        List<Size> target = Shapes.sizes(sizes);
        if (target.size() != rank() - 2) {
            throw wrong("of shape %s cannot be resized to %s", shape, target);
        }
        List<Argument> arguments = new ArrayList<>(List.of(value(), new Argument.Wholes(target)));
        target.forEach(_ -> arguments.add(new Argument.None()));
        return scope.apply("upsample_nearest" + target.size() + "d", arguments, type, resized(target), Size.of(0));
    }

    /// As PyTorch's `interpolate` with `mode="bilinear"`.
    public Symbol resizeBilinear(Object height, Object width, boolean alignsCorners, boolean antialiases) {
        return resizeSmooth("bilinear", height, width, alignsCorners, antialiases);
    }

    /// As PyTorch's `interpolate` with `mode="bicubic"`: a = -0.75, or -0.5 with antialiasing.
    public Symbol resizeBicubic(Object height, Object width, boolean alignsCorners, boolean antialiases) {
        return resizeSmooth("bicubic", height, width, alignsCorners, antialiases);
    }

    private Symbol resizeSmooth(String mode, Object height, Object width, boolean alignsCorners, boolean antialiases) {
        List<Size> target = Shapes.sizes(height, width);
        return scope.apply(
                (antialiases ? "_upsample_" + mode + "2d_aa" : "upsample_" + mode + "2d"),
                List.of(
                        value(),
                        new Argument.Wholes(target),
                        new Argument.Flag(alignsCorners),
                        new Argument.None(),
                        new Argument.None()),
                type,
                resized(target),
                Size.of(0));
    }

    private List<Size> resized(List<Size> target) {
        List<Size> wanted = new ArrayList<>(shape.subList(0, 2));
        wanted.addAll(target);
        return wanted;
    }

    /// Means of squares of pixels that do not overlap.
    public Symbol averagePool2d(int kernel, int stride, int padding) {
        List<Size> wanted = new ArrayList<>(shape);
        for (int axis : new int[] {rank() - 2, rank() - 1}) {
            wanted.set(axis, Shapes.windowed(shape.get(axis), kernel, stride, padding, 1));
        }
        return scope.apply(
                "avg_pool2d",
                List.of(
                        value(),
                        wholes(kernel, kernel),
                        wholes(stride, stride),
                        wholes(padding, padding),
                        new Argument.Flag(false),
                        new Argument.Flag(true),
                        new Argument.None()),
                type,
                wanted,
                Size.of(0));
    }

    /// Squares of pixels become channels: (batch, c, h f, w f) → (batch, c f², h, w).
    public Symbol pixelUnshuffle(int factor) {
        List<Size> wanted = new ArrayList<>(shape);
        wanted.set(rank() - 3, size(-3).times((long) factor * factor));
        wanted.set(rank() - 2, size(-2).dividedBy(factor));
        wanted.set(rank() - 1, size(-1).dividedBy(factor));
        return scope.apply("pixel_unshuffle", List.of(value(), whole(factor)), type, wanted, Size.of(0));
    }

    /// The inverse of [#pixelUnshuffle].
    public Symbol pixelShuffle(int factor) {
        List<Size> wanted = new ArrayList<>(shape);
        wanted.set(rank() - 3, size(-3).dividedBy((long) factor * factor));
        wanted.set(rank() - 2, size(-2).times(factor));
        wanted.set(rank() - 1, size(-1).times(factor));
        return scope.apply("pixel_shuffle", List.of(value(), whole(factor)), type, wanted, Size.of(0));
    }

    /// Pixels at given places, bilinear, zeros outside.
    ///
    /// @param grid (batch, height, width, 2): x and y, -1 to 1 from edge to edge
    public Symbol gridSample(Symbol grid, boolean alignsCorners) {
        return scope.apply(
                "grid_sampler",
                List.of(value(), grid.value(), whole(0), whole(0), new Argument.Flag(alignsCorners)),
                type,
                List.of(size(0), size(1), grid.size(1), grid.size(2)),
                Size.of(0));
    }

    // What the methods above share.

    private Symbol unary(String operation) {
        return scope.apply(operation, List.of(value()), type, shape, Size.of(0));
    }

    private Symbol binary(String operation, Symbol other, SymbolType result) {
        return scope.apply(
                operation, List.of(value(), other.value()), result, broadcast(operation, this, other), Size.of(0));
    }

    private static List<Size> broadcast(String operation, Symbol a, Symbol b) {
        List<Size> result = Shapes.broadcast(a.shape, b.shape);
        if (result == null) {
            throw a.wrong("of shape %s does not fit %s (%s)", a.shape, b.shape, operation);
        }
        return result;
    }

    private Symbol withNumber(String operation, double value) {
        boolean isWhole = !type.isFloat() && value == Math.rint(value);
        return scope.apply(
                operation,
                List.of(value(), isWhole ? number(value) : new Argument.Real(value)),
                type.isFloat() || isWhole ? type : FLOAT32,
                shape,
                Size.of(0));
    }

    private Symbol reduced(String operation, boolean keepsDimensions, SymbolType result, int... dimensions) {
        int[] axes = axes(dimensions);
        return scope.apply(
                operation,
                List.of(value(), wholes(axes), new Argument.Flag(keepsDimensions)),
                result,
                reducedShape(keepsDimensions, axes),
                Size.of(0));
    }

    private List<Size> reducedShape(boolean keepsDimensions, int[] axes) {
        List<Size> wanted = new ArrayList<>();
        for (int i = 0; i < rank(); i++) {
            int axis = i;
            if (Arrays.stream(axes).noneMatch(each -> each == axis)) {
                wanted.add(shape.get(i));
            } else if (keepsDimensions) {
                wanted.add(Size.of(1));
            }
        }
        return wanted;
    }

    private SymbolType promoted(Symbol other) {
        if (type == other.type) {
            return type;
        }
        if (type == FLOAT32 || other.type == FLOAT32) {
            return FLOAT32;
        }
        return type == FLOAT || other.type == FLOAT ? FLOAT : INT64;
    }

    private void requireFloat(Parameter weight) {
        if (type != FLOAT) {
            throw mismatch(weight, type + " elements", "the network's number format expected; convert with toFloat()");
        }
    }

    private void requireOneFloatType(Symbol other) {
        if (type != other.type || !type.isFloat()) {
            throw wrong("is %s and the other %s; both must be of one floating-point type", type, other.type);
        }
    }

    private int axis(int dimension) {
        int axis = dimension < 0 ? dimension + rank() : dimension;
        if (axis < 0 || axis >= rank()) {
            throw wrong("of shape %s has no dimension %d", shape, dimension);
        }
        return axis;
    }

    private int[] axes(int... dimensions) {
        return Arrays.stream(dimensions).map(this::axis).toArray();
    }

    Argument value() {
        return new Argument.Value(this);
    }

    private Argument optional(@Nullable Parameter parameter) {
        return parameter == null ? new Argument.None() : of(parameter).value();
    }

    private Argument whole(long value) {
        return new Argument.Whole(Size.of(value));
    }

    private static Argument wholes(int... values) {
        return new Argument.Wholes(Arrays.stream(values).mapToObj(Size::of).toList());
    }

    private Argument number(double value) {
        return type.isFloat() ? new Argument.Real(value) : new Argument.Whole(Size.of((long) value));
    }

    private DescriptionException mismatch(Parameter weight, String found, String expected) {
        return new DescriptionException(
                "%s: input has %s, %s (%s %s)",
                weight.modulePath(),
                found,
                expected,
                weight.name().substring(weight.name().lastIndexOf('.') + 1),
                weight.shapeText());
    }

    private DescriptionException wrong(String message, Object... values) {
        return new DescriptionException(id + " " + message, values);
    }

    @Override
    public String toString() {
        return id + " " + type + shape;
    }
}
