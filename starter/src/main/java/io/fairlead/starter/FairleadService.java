package io.fairlead.starter;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;
import org.springframework.stereotype.Component;

/// A component whose [Call] methods answer the calls of a service.
///
/// ```java
/// @FairleadService("greetings")
/// class Greetings {
///     @Call
///     String hello(String name) {
///         return "Hello " + name;
///     }
/// }
/// ```
///
/// answers `greetings/hello`. Several classes may carry the same service name, each with methods of its own. One bean
/// answers all calls, many at a time: it must be thread-safe.
///
/// @since 0.1
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Component
public @interface FairleadService {
    /// Name of the service in routes: printable ASCII without spaces and `/`. Names that begin with `fairlead.` are
    /// reserved.
    @AliasFor("service")
    String value() default "";

    /// The same as [#value]. That there are two keeps Spring from taking the name of the service for the bean's.
    @AliasFor("value")
    String service() default "";
}
