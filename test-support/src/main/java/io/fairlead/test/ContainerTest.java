package io.fairlead.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test that starts containers. It is skipped where no Docker Engine answers or an image is missing, and
/// that is said in one line. With `FAIRLEAD_REQUIRE_CONTAINERS=true` in the environment it fails instead.
///
/// Stands before `@Testcontainers` and `@SpringBootTest`: nothing of theirs runs in a test that is skipped.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Tag("container")
@ExtendWith(ContainerCondition.class)
public @interface ContainerTest {
    /// Images that the engine must have, since nothing here pulls them. Without a tag, any tag will do.
    String[] images() default {};
}
