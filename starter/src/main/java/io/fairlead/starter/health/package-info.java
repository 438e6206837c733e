/// The worker's health, and its place in the readiness group. Present where Spring Boot's health is.
@NullMarked
package io.fairlead.starter.health;

import org.jspecify.annotations.NullMarked;
