/// The REST admin: what listens, who is connected, which workers there are, and what an operator may change.
///
/// Starting points: [AdminController] reads, [AdminWrites] changes; [BooksController] and [MessagesController]
/// for durable messages. Who may do so: [io.fairlead.admin.AdminSecurity].
@NullMarked
package io.fairlead.gateway.admin;

import org.jspecify.annotations.NullMarked;
