// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.torchscript;

import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;

import java.util.ArrayList;
import java.util.List;

/// A network as a TorchScript program: one class, one method for each function. A method takes the inputs of its function in their order, then the list of all weights in
/// the order of the network's parameters, then the list of the function's constants; it gives a list of its outputs in their order.
///
/// @param text the program's source
public record Program(String text) {
    /// The class that the source declares.
    static final String CLASS = "Network";

    /// Writes all functions of a network.
    ///
    /// @param device where they run, as libtorch calls it: `cpu`, `cuda:0`; inputs and outputs may lie in the processor's memory all the same
    public static Program of(Network network, NumberFormat format, String device) {
        List<String> methods = new ArrayList<>();
        for (int i = 0; i < network.functions().size(); i++) {
            methods.add(new MethodWriter(network.functions().get(i), format, device).call(methodName(i)));
        }
        return new Program(classOf(methods));
    }

    /// Writes one function's gradient, in float32: the method [#methodName] gives, instead of the outputs, the gradient of the sum of one output with respect to inputs.
    /// It takes the constants in the list of weights, after these.
    ///
    /// @param index  of the function in the network
    /// @param output its name
    /// @param of     names of inputs
    /// @param device as in [#of]
    public static Program gradientOf(Network network, int index, String output, List<String> of, String device) {
        NetworkFunction function = network.functions().get(index);
        return new Program(
                classOf(
                        List.of(
                                new MethodWriter(function, NumberFormat.FLOAT32, device, network.parameters().size())
                                        .gradient(methodName(index), output, of))));
    }

    /// A program with the method `convert`: from a list of tensors to the same in another format on a device. A tensor that is there already is not copied.
    /// The last of the list is left out.
    public static Program conversion(NumberFormat format, String device) {
        return conversion("torch.to(p[i], torch.device(\"" + device + "\"), " + format.scalarType() + ")");
    }

    /// As [#conversion], and each tensor keeps its format.
    public static Program placement(String device) {
        return conversion("torch.to(p[i], torch.device(\"" + device + "\"))");
    }

    private static Program conversion(String each) {
        return new Program(
                classOf(
                        List.of(
                                """
                                  def convert(self: __torch__.Network, p: List[Tensor]) -> List[Tensor]:
                                    q = annotate(List[Tensor], [])
                                    for i in range(torch.sub(torch.len(p), 1)):
                                      _0 = torch.append(q, %s)
                                    return q
                                """
                                        .formatted(each))));
    }

    /// Of the function with this number in its network.
    public static String methodName(int function) {
        return "f" + function;
    }

    /// A file as libtorch reads it.
    public byte[] archive() {
        return Archive.of(text);
    }

    private static String classOf(List<String> methods) {
        return "class "
                + CLASS
                + "(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
                + String.join("", methods);
    }
}
