/// How the bytes of a foreign connection are cut into messages. Starting points: [Framing], the SPI that a user
/// implements to add a framing of their own (a bean is enough), and [Framings], which knows them by name. A
/// framing is immutable and shared; a [FrameDecoder] belongs to one connection and is used by its event loop
/// alone.
@NullMarked
package io.fairlead.gateway.framing;

import org.jspecify.annotations.NullMarked;
