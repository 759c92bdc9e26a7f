// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

import dev.diptych.api.network.Argument;
import dev.diptych.api.network.Instruction;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.api.network.Size;
import dev.diptych.api.network.Symbol;
import dev.diptych.api.network.SymbolType;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Writes one function as a method. Sizes that a call decides are read off its inputs at the beginning.
final class MethodWriter {
    private static final String WEIGHTS = "p";
    private static final String CONSTANTS = "q";
    private static final String DEVICE = "device";
    private static final int CHANNEL_BLOCK = 16;
    private static final Set<String> WITHOUT_LAST = Set.of("expand");

    private final NetworkFunction function;
    private final NumberFormat format;
    private final String device;

    /// Where the constants lie in the list of weights; negative if they have a list of their own.
    private final int firstConstant;

    private final StringBuilder text = new StringBuilder();
    private final Set<String> constants = new LinkedHashSet<>();
    private boolean differentiates;

    /// A method that is given the constants as a list of their own.
    ///
    /// @param device as libtorch calls it
    MethodWriter(NetworkFunction function, NumberFormat format, String device) {
        this(function, format, device, -1);
    }

    /// A method that is given the constants after the weights, in one list.
    MethodWriter(NetworkFunction function, NumberFormat format, String device, int weights) {
        this.function = function;
        this.format = format;
        this.device = device;
        this.firstConstant = weights;
        function.constants().forEach(constant -> constants.add(constant.symbol().id()));
    }

    String call(String name) {
        begin(name);
        block(function.instructions(), 2);
        line(
                2,
                "return "
                        + function.outputs().entrySet().stream()
                                .map(output ->
                                        function.resident().contains(output.getKey())
                                                ? kept(output.getValue())
                                                : returned(output.getValue()))
                                .collect(Collectors.joining(", ", "[", "]")));
        return text.toString();
    }

    String gradient(String name, String output, List<String> of) {
        differentiates = true;
        begin(name);
        List<String> watched = new ArrayList<>();
        for (NetworkFunction.Input input : function.inputs()) {
            if (of.contains(input.name())) {
                String id = input.symbol().id();
                line(2, id + " = torch.requires_grad_(torch.detach(" + id + "), True)");
                watched.add(id);
            }
        }
        block(function.instructions(), 2);
        Symbol wanted = java.util.Objects.requireNonNull(function.outputs().get(output));
        line(2, "total = torch.sum(" + name(wanted) + ")");
        line(2, "gradients = torch.autograd.grad([total], [" + String.join(", ", watched) + "])");
        List<String> results = new ArrayList<>();
        for (int i = 0; i < watched.size(); i++) {
            line(2, "g" + i + " = gradients[" + i + "]");
            results.add("torch.contiguous(torch.to(unchecked_cast(Tensor, g" + i + "), torch.device(\"cpu\")))");
        }
        line(2, "return [" + String.join(", ", results) + "]");
        return text.toString();
    }

    private void begin(String name) {
        text.append("  def ").append(name).append("(self: __torch__.").append(Program.CLASS);
        function.inputs().forEach(input -> text.append(", ").append(given(input)).append(": Tensor"));
        text.append(", p: List[Tensor]");
        text.append(firstConstant < 0 ? ", q: List[Tensor]" : "").append(") -> List[Tensor]:\n");
        Set<String> bound = new LinkedHashSet<>();
        for (NetworkFunction.Input input : function.inputs()) {
            List<Size> shape = input.symbol().shape();
            for (int i = 0; i < shape.size(); i++) {
                Size.Declared declared = shape.get(i).declared();
                if (declared != null && bound.add(declared.name())) {
                    line(2, size(declared.name()) + " = torch.size(" + given(input) + ", " + i + ")");
                }
            }
        }
        line(2, DEVICE + " = torch.device(\"" + device + "\")");
        for (NetworkFunction.Input input : function.inputs()) {
            line(
                    2,
                    input.symbol().id()
                            + " = torch.to("
                            + given(input)
                            + ", "
                            + DEVICE
                            + ", "
                            + scalarType(input.symbol().type())
                            + ")");
        }
    }

    private static String given(NetworkFunction.Input input) {
        return "given_" + input.symbol().id();
    }

    private static String size(String variable) {
        return "size_" + variable;
    }

    /// Outputs are read where they lie, row by row, from the processor's memory.
    private String returned(Symbol output) {
        int type =
                switch (output.type()) {
                    case FLOAT, FLOAT32 -> NumberFormat.FLOAT32.scalarType();
                    case INT64 -> scalarType(SymbolType.INT64);
                    case UINT8, BOOL -> scalarType(SymbolType.UINT8);
                };
        return "torch.contiguous(torch.to(" + name(output) + ", torch.device(\"cpu\"), " + type + "))";
    }

    /// What stays must not lie in the memory of an input, which goes.
    private String kept(Symbol output) {
        return "torch.contiguous(torch.clone(" + name(output) + "))";
    }

    private void block(List<Instruction> instructions, int depth) {
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Instruction.Operation operation -> operation(operation, depth);
                case Instruction.Loop loop -> loop(loop, depth);
            }
        }
    }

    private void operation(Instruction.Operation operation, int depth) {
        String call =
                operation.name().matches("conv[123]d")
                        ? convolution(operation)
                        : "torch." + operation.name() + "(" + arguments(operation) + ")";
        if (operation.results().size() == 1 && !operation.name().startsWith("split")) {
            line(depth, operation.results().getFirst().id() + " = " + call);
            return;
        }
        String list = "list_" + operation.results().getFirst().id();
        line(depth, list + " = " + call);
        for (int i = 0; i < operation.results().size(); i++) {
            line(depth, operation.results().get(i).id() + " = " + list + "[" + i + "]");
        }
    }

    /// In bfloat16 oneDNN 3.7 gives wrong numbers for the last channels of a convolution on the processor if they fill no block of 16.
    private boolean isMiscomputed(Instruction.Operation operation) {
        if (format != NumberFormat.BFLOAT16
                || !device.equals("cpu")
                || !operation.name().startsWith("conv")
                || !(operation.arguments().get(1) instanceof Argument.Value weight)) {
            return false;
        }
        List<Size> shape = weight.symbol().shape();
        Long first = shape.get(0).known();
        Long second = shape.get(1).known();
        Long out = operation.name().contains("transpose") ? second : first;
        return out == null || out % CHANNEL_BLOCK != 0;
    }

    private String convolution(Instruction.Operation operation) {
        return isMiscomputed(operation)
                ? convolutionInFloat32(operation)
                : WholeBlocks.convolution(
                        operation, operation.arguments().stream().map(this::shown).toList(), differentiates);
    }

    private String convolutionInFloat32(Instruction.Operation operation) {
        List<String> shown = new ArrayList<>();
        for (Argument argument : operation.arguments()) {
            shown.add(
                    argument instanceof Argument.Value value
                            ? "torch.to(" + name(value.symbol()) + ", " + NumberFormat.FLOAT32.scalarType() + ")"
                            : shown(argument));
        }
        return "torch.to("
                + WholeBlocks.convolution(operation, shown, differentiates)
                + ", "
                + format.scalarType()
                + ")";
    }

    /// ATen wants some arguments by name; tensors that are made from nothing say their type and device.
    private String arguments(Instruction.Operation operation) {
        List<Argument> given = operation.arguments();
        List<String> shown = new ArrayList<>(given.stream().map(this::shown).toList());
        switch (operation.name()) {
            case "arange", "full" ->
                    shown.add(
                            "dtype="
                                    + scalarType(operation.results().getFirst().type())
                                    + ", layout=None, device="
                                    + DEVICE
                                    + ", pin_memory=None");
            case "gelu" -> {
                if (given.size() == 2) {
                    shown.set(1, "approximate=" + shown.get(1));
                }
            }
            case "scaled_dot_product_attention" -> shown.set(6, "scale=" + shown.get(6));
            default -> {
                if (WITHOUT_LAST.contains(operation.name())) {
                    shown.removeLast();
                }
            }
        }
        return String.join(", ", shown);
    }

    private void loop(Instruction.Loop loop, int depth) {
        assign(loop.results(), loop.initial(), depth);
        String turn = "turn_" + loop.turn().id();
        line(depth, "for " + turn + " in range(" + expression(loop.count()) + "):");
        line(depth + 1, loop.turn().id() + " = torch.tensor(" + turn + ", dtype=4, device=" + DEVICE + ")");
        assign(loop.carried(), loop.results(), depth + 1);
        block(loop.body(), depth + 1);
        assign(loop.results(), loop.next(), depth + 1);
    }

    private void assign(List<Symbol> to, List<Symbol> from, int depth) {
        for (int i = 0; i < to.size(); i++) {
            line(depth, to.get(i).id() + " = " + name(from.get(i)));
        }
    }

    private String name(Symbol symbol) {
        String id = symbol.id();
        if (id.startsWith("w")) {
            return WEIGHTS + "[" + id.substring(1) + "]";
        }
        if (!constants.contains(id)) {
            return id;
        }
        return firstConstant < 0
                ? CONSTANTS + "[" + id.substring(1) + "]"
                : WEIGHTS + "[" + (firstConstant + Integer.parseInt(id.substring(1))) + "]";
    }

    private String shown(Argument argument) {
        return switch (argument) {
            case Argument.Value value -> name(value.symbol());
            case Argument.Values values ->
                    values.symbols().stream().map(this::name).collect(Collectors.joining(", ", "[", "]"));
            case Argument.Whole whole -> expression(whole.size());
            case Argument.Wholes wholes ->
                    wholes.sizes().stream().map(MethodWriter::expression).collect(Collectors.joining(", ", "[", "]"));
            case Argument.Real real -> real(real.value());
            case Argument.Flag flag -> flag.value() ? "True" : "False";
            case Argument.Text content -> '"' + content.value() + '"';
            case Argument.Type type -> Integer.toString(scalarType(type.type()));
            case Argument.None _ -> "None";
        };
    }

    private static String expression(Size size) {
        return size.expression(MethodWriter::size);
    }

    private static String real(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            Map<Boolean, String> infinities = Map.of(true, "float(\"inf\")", false, "float(\"-inf\")");
            return Double.isNaN(value) ? "float(\"nan\")" : java.util.Objects.requireNonNull(infinities.get(value > 0));
        }
        return Double.toString(value).replace('E', 'e');
    }

    private int scalarType(SymbolType type) {
        return switch (type) {
            case FLOAT -> format.scalarType();
            case FLOAT32 -> NumberFormat.FLOAT32.scalarType();
            case INT64 -> 4;
            case UINT8 -> 0;
            case BOOL -> 11;
        };
    }

    private void line(int depth, String content) {
        text.append("  ".repeat(depth)).append(content).append('\n');
    }
}
