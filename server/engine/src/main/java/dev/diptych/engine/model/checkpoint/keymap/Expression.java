// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import java.util.List;
import java.util.Map;
import java.util.function.IntBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whole-number arithmetic in key maps: `level*(layers+1)+layer`, with functions of the names at hand:
///
/// - `has(prefix)` is 1 if a name begins so, else 0;
/// - `first(text{n}text)` is the smallest number in this place of a name, `count(text{n}text)` one more than the largest; both are -1 without any.
final class Expression {
    private static final Pattern PLACE = Pattern.compile("\\{n\\}");

    private final String text;
    private final Map<String, Integer> variables;
    private final Iterable<String> names;
    private int position;

    private Expression(String text, Map<String, Integer> variables, Iterable<String> names) {
        this.text = text.replace(" ", "");
        this.variables = variables;
        this.names = names;
    }

    /// @param names of the tensors that the functions ask about
    static int evaluate(String text, Map<String, Integer> variables, Iterable<String> names) {
        Expression expression = new Expression(text, variables, names);
        int value = expression.sum();
        if (expression.position != expression.text.length()) {
            throw expression.malformed();
        }
        return value;
    }

    /// Replaces each `{…}` in a name by its value; `{n}`, the place of a number, is left.
    static String fill(String template, Map<String, Integer> variables) {
        StringBuilder filled = new StringBuilder();
        int from = 0;
        for (int open = template.indexOf('{'); open >= 0; open = template.indexOf('{', from)) {
            int close = template.indexOf('}', open);
            String inside = template.substring(open + 1, close);
            filled.append(template, from, open);
            filled.append(inside.equals("n") ? "{n}" : Integer.toString(evaluate(inside, variables, List.of())));
            from = close + 1;
        }
        return filled.append(template.substring(from)).toString();
    }

    private int sum() {
        int value = product();
        while (position < text.length() && (peek() == '+' || peek() == '-')) {
            value = text.charAt(position++) == '+' ? value + product() : value - product();
        }
        return value;
    }

    private int product() {
        int value = factor();
        while (position < text.length() && (peek() == '*' || peek() == '/')) {
            value = text.charAt(position++) == '*' ? value * factor() : value / factor();
        }
        return value;
    }

    private int factor() {
        if (position == text.length()) {
            throw malformed();
        }
        if (peek() == '(') {
            position++;
            int value = sum();
            expectClosing();
            return value;
        }
        String word = word();
        if (position < text.length() && peek() == '(') {
            return function(word);
        }
        if (Character.isDigit(word.charAt(0))) {
            return Integer.parseInt(word);
        }
        Integer value = variables.get(word);
        if (value == null) {
            throw malformed();
        }
        return value;
    }

    private String word() {
        int from = position;
        while (position < text.length() && (Character.isLetterOrDigit(peek()) || peek() == '_')) {
            position++;
        }
        if (from == position) {
            throw malformed();
        }
        return text.substring(from, position);
    }

    private int function(String name) {
        int close = text.indexOf(')', position);
        if (close < 0) {
            throw malformed();
        }
        String argument = fill(text.substring(position + 1, close), variables);
        position = close + 1;
        return switch (name) {
            case "has" -> has(argument) ? 1 : 0;
            case "first" -> over(argument, -1, (best, number) -> best < 0 ? number : Math.min(best, number));
            case "count" -> over(argument, -1, (best, number) -> Math.max(best, number + 1));
            default -> throw malformed();
        };
    }

    private boolean has(String prefix) {
        for (String name : names) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    private int over(String template, int start, IntBinaryOperator fold) {
        String[] around = PLACE.split(template, 2);
        Pattern pattern =
                Pattern.compile(
                        Pattern.quote(around[0]) + "([0-9]{1,4})" + Pattern.quote(around.length > 1 ? around[1] : ""));
        int value = start;
        for (String name : names) {
            Matcher matcher = pattern.matcher(name);
            if (matcher.lookingAt()) {
                value = fold.applyAsInt(value, Integer.parseInt(matcher.group(1)));
            }
        }
        return value;
    }

    private char peek() {
        return text.charAt(position);
    }

    private void expectClosing() {
        if (position == text.length() || text.charAt(position++) != ')') {
            throw malformed();
        }
    }

    private IllegalStateException malformed() {
        return new IllegalStateException(
                "\"" + text + "\" at " + position + " is no expression over " + variables.keySet());
    }
}
