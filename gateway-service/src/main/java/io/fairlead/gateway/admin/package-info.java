/// The REST admin: what listens, who is connected, which workers there are, and what an operator may change.
///
/// Starting points: [AdminController] reads; [AdminSecurity] says who may do what; [Audit] writes down who did.
@NullMarked
package io.fairlead.gateway.admin;

import org.jspecify.annotations.NullMarked;
