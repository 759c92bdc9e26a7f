// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Declares a node's type.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface NodeType {
    /// `plugin/name`, stable for ever.
    String id();

    /// Raised when inputs, outputs or results change; older documents pass through the migrations.
    int version() default 1;

    /// Ids that this type had before. Documents that still have one are read as this type; versions count on through the change of name.
    String[] formerly() default {};

    /// As an editor shows it.
    String title();

    /// Where an editor lists it, for example `Image/Light`.
    String group();

    /// One or two sentences for its reader: what it does, and when to use it.
    String description() default "";
}
