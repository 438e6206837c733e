/// How an admin's wishes reach instances. The registry writes nothing itself: it passes a wish on over the instance's
/// own link and waits until the instance says that it is so.
@NullMarked
package io.fairlead.registry.wish;

import org.jspecify.annotations.NullMarked;
