package dev.sandkeep.server.platform.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A record that may also be written as a text, which then is its component {@link #value()} and all that it says. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OrText {
    /** Name of the component that the text stands for. */
    String value();
}
