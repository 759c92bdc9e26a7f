// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Declares a record of values as a type of its own, with a name and a colour. Its components are of the types that ports may have.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ValueType {
    /// `plugin/name`, stable for ever.
    String id();

    /// As an editor shows it.
    String title();

    /// Of its links in an editor, as `#rrggbb`.
    String color() default "#808080";
}
