// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A whole number within bounds.
public abstract class WholeNumber implements ITypeConverter<Integer> {
    private final int least;
    private final int most;
    private final String advice;

    private WholeNumber(int least, int most, String advice) {
        this.least = least;
        this.most = most;
        this.advice = advice;
    }

    @Override
    public final Integer convert(String value) {
        long number;
        try {
            number = Long.parseLong(value.strip());
        } catch (NumberFormatException e) {
            throw new TypeConversionException("\"" + value + "\" is no whole number.");
        }
        if (number < least || number > most) {
            throw new TypeConversionException(
                    number
                            + (most == Integer.MAX_VALUE
                                    ? ": at least " + least + " is needed."
                                    : " is outside " + least + " to " + most + ".")
                            + advice);
        }
        return (int) number;
    }

    /// At least 1.
    public static final class Positive extends WholeNumber {
        public Positive() {
            super(1, Integer.MAX_VALUE, "");
        }
    }

    /// A port to listen on; 0 for any that is free.
    public static final class Port extends WholeNumber {
        public Port() {
            super(0, 65_535, "");
        }
    }

    /// How many jobs a worker takes at once.
    public static final class Slots extends WholeNumber {
        public static final int MOST = 32;

        public Slots() {
            super(1, MOST, "");
        }
    }

    /// 1 to 100.
    public static final class Percent extends WholeNumber {
        public Percent() {
            super(1, 100, "");
        }
    }

    /// How often a workflow runs at once. All results are held until the last one is there, so there is an end to it.
    public static final class Runs extends WholeNumber {
        public Runs() {
            super(1, 10_000, " The results of all are held until the last is there; run again from a later --seed.");
        }
    }
}
