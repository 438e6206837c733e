/// The worker inside an application: finds the handlers ([Handlers]), listens for links and registers ([Worker]), and
/// runs each call on a virtual thread ([HandlerCall]). Event loops only take calls in and send answers out; whatever
/// may block or is the application's own runs on virtual threads.
@NullMarked
package io.fairlead.starter.worker;

import org.jspecify.annotations.NullMarked;
