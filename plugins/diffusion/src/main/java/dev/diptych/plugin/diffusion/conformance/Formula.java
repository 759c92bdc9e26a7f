// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/// An expression over x and t, as cases write it: `0.6*sin(2*x + t/150) + 0.25*x`. Numbers, names, `+ - * /`, powers by `**` or `^`, parentheses and functions,
/// among them formulas that were defined before. Evaluated in double.
@FunctionalInterface
interface Formula {
    /// Its value.
    double at(double x, double t);

    /// What a text was read into.
    ///
    /// @param rest what follows the expression
    record Parsed(Formula formula, String rest) {}

    /// Reads the longest expression at the beginning of a text.
    ///
    /// @param defined formulas of x and t that may be called by name
    /// @throws UnsupportedOperationException naming the place, if there is none or it has an unknown name
    static Parsed parse(String text, Map<String, Formula> defined) {
        Parser parser = new Parser(text, defined);
        Formula formula = parser.sum();
        return new Parsed(formula, text.substring(parser.position).strip());
    }

    /// Recursive descent: a sum of products of powers of signed atoms.
    final class Parser {
        private static final Map<String, DoubleUnaryOperator> FUNCTIONS =
                Map.ofEntries(
                        Map.entry("sin", Math::sin),
                        Map.entry("cos", Math::cos),
                        Map.entry("tan", Math::tan),
                        Map.entry("asin", Math::asin),
                        Map.entry("acos", Math::acos),
                        Map.entry("atan", Math::atan),
                        Map.entry("arctan", Math::atan),
                        Map.entry("sinh", Math::sinh),
                        Map.entry("cosh", Math::cosh),
                        Map.entry("tanh", Math::tanh),
                        Map.entry("exp", Math::exp),
                        Map.entry("log", Math::log),
                        Map.entry("sqrt", Math::sqrt),
                        Map.entry("abs", Math::abs),
                        Map.entry("sign", Math::signum),
                        Map.entry("sigmoid", x -> 1 / (1 + Math.exp(-x))));

        private final String text;
        private final Map<String, Formula> defined;
        private int position;

        private Parser(String text, Map<String, Formula> defined) {
            this.text = text;
            this.defined = defined;
        }

        private Formula sum() {
            Formula left = product();
            while (true) {
                Formula first = left;
                if (takes("+")) {
                    Formula second = product();
                    left = (x, t) -> first.at(x, t) + second.at(x, t);
                } else if (takes("-")) {
                    Formula second = product();
                    left = (x, t) -> first.at(x, t) - second.at(x, t);
                } else {
                    return left;
                }
            }
        }

        private Formula product() {
            Formula left = signed();
            while (true) {
                Formula first = left;
                if (takesMultiplication()) {
                    Formula second = signed();
                    left = (x, t) -> first.at(x, t) * second.at(x, t);
                } else if (takes("/")) {
                    Formula second = signed();
                    left = (x, t) -> first.at(x, t) / second.at(x, t);
                } else {
                    return left;
                }
            }
        }

        private boolean takesMultiplication() {
            skipSpace();
            return !text.startsWith("**", position) && takes("*");
        }

        private Formula signed() {
            if (takes("-")) {
                Formula operand = signed();
                return (x, t) -> -operand.at(x, t);
            }
            return takes("+") ? signed() : power();
        }

        private Formula power() {
            Formula base = atom();
            if (takes("**") || takes("^")) {
                Formula exponent = signed();
                return (x, t) -> Math.pow(base.at(x, t), exponent.at(x, t));
            }
            return base;
        }

        private Formula atom() {
            skipSpace();
            if (takes("(")) {
                Formula inner = sum();
                require(")");
                return inner;
            }
            int start = position;
            while (position < text.length() && isPartOfNumber(start)) {
                position++;
            }
            if (position > start) {
                return number(text.substring(start, position));
            }
            while (position < text.length() && isPartOfName()) {
                position++;
            }
            if (position == start) {
                throw unreadable("a number, a name or a parenthesis");
            }
            return named(text.substring(start, position));
        }

        private boolean isPartOfNumber(int start) {
            char c = text.charAt(position);
            boolean exponentSign =
                    (c == '-' || c == '+')
                            && position > start
                            && Character.toLowerCase(text.charAt(position - 1)) == 'e';
            boolean exponent =
                    (c == 'e' || c == 'E')
                            && position > start
                            && position + 1 < text.length()
                            && (Character.isDigit(text.charAt(position + 1))
                                    || "+-".indexOf(text.charAt(position + 1)) >= 0);
            return Character.isDigit(c) || c == '.' || exponent || exponentSign;
        }

        private boolean isPartOfName() {
            char c = text.charAt(position);
            return Character.isLetterOrDigit(c) || c == '_' || c == '.';
        }

        private Formula number(String digits) {
            try {
                double value = Double.parseDouble(digits);
                return (x, t) -> value;
            } catch (NumberFormatException e) {
                throw unreadable("a number");
            }
        }

        private Formula named(String name) {
            String plain = name.substring(name.lastIndexOf('.') + 1);
            switch (plain) {
                case "x", "x0" -> {
                    return (x, t) -> x;
                }
                case "t" -> {
                    return (x, t) -> t;
                }
                case "pi" -> {
                    return (x, t) -> Math.PI;
                }
                default -> {}
            }
            List<Formula> arguments = arguments(plain);
            DoubleUnaryOperator function = FUNCTIONS.get(plain);
            Formula formula = defined.get(plain);
            if (function != null && arguments.size() == 1) {
                Formula argument = arguments.getFirst();
                return (x, t) -> function.applyAsDouble(argument.at(x, t));
            }
            if (formula != null && arguments.size() == 2) {
                Formula first = arguments.getFirst();
                Formula second = arguments.getLast();
                return (x, t) -> formula.at(first.at(x, t), second.at(x, t));
            }
            return ofTwo(plain, arguments);
        }

        private Formula ofTwo(String name, List<Formula> arguments) {
            if (arguments.size() == 2) {
                Formula first = arguments.getFirst();
                Formula second = arguments.getLast();
                switch (name) {
                    case "min" -> {
                        return (x, t) -> Math.min(first.at(x, t), second.at(x, t));
                    }
                    case "max" -> {
                        return (x, t) -> Math.max(first.at(x, t), second.at(x, t));
                    }
                    case "pow" -> {
                        return (x, t) -> Math.pow(first.at(x, t), second.at(x, t));
                    }
                    default -> {}
                }
            }
            throw new UnsupportedOperationException(
                    "\"%s\": the function %s of %d arguments is not implemented"
                            .formatted(text, name, arguments.size()));
        }

        private List<Formula> arguments(String name) {
            List<Formula> arguments = new ArrayList<>();
            skipSpace();
            if (!takes("(")) {
                throw new UnsupportedOperationException("\"%s\": the name %s is unknown".formatted(text, name));
            }
            do {
                arguments.add(sum());
            } while (takes(","));
            require(")");
            return arguments;
        }

        private boolean takes(String token) {
            skipSpace();
            if (text.startsWith(token, position)) {
                position += token.length();
                return true;
            }
            return false;
        }

        private void require(String token) {
            if (!takes(token)) {
                throw unreadable(token);
            }
        }

        private void skipSpace() {
            while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
                position++;
            }
        }

        private UnsupportedOperationException unreadable(String wanted) {
            return new UnsupportedOperationException(
                    "\"%s\": %s is needed at character %d".formatted(text, wanted, position + 1));
        }
    }
}
