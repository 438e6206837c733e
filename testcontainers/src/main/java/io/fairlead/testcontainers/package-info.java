/// A gateway in a container, by which an application's tests call its worker from outside. Starting point:
/// [FairleadContainer]; the rest lets Spring Boot connect it with the application by `@ServiceConnection`.
@NullMarked
package io.fairlead.testcontainers;

import org.jspecify.annotations.NullMarked;
