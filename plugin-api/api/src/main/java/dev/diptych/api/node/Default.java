// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The value of an input that a document leaves open. Without it, and without `Optional`, the input is required.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
    /// As a user writes it: a number; `true` or `false`; the word of a choice, `soft-light` for `SOFT_LIGHT`; text; a seed; a model's name;
    /// `asset:plugin/path` for a picture; an empty text for an empty list. Other types can have none.
    String value();
}
