// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a number, or each of a list of numbers, may be; both ends included.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Range {
    /// The smallest value; none if left out.
    double min() default Double.NEGATIVE_INFINITY;

    /// The largest value; none if left out.
    double max() default Double.POSITIVE_INFINITY;

    /// The editor's step; 0 lets it choose.
    double step() default 0;
}
