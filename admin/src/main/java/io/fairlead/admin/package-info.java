/// The admin account of a process over HTTP: who may log in, what a refusal says, and who changed what.
///
/// Starting point: [AdminSecurity], which a process imports; its own REST controllers write each change into the
/// [Audit].
@NullMarked
package io.fairlead.admin;

import org.jspecify.annotations.NullMarked;
