/// The wire protocol: frames, status codes, metadata and limits, as `PROTOCOL.md` specifies them.
///
/// Starting point: [Frames] reads and writes the fixed header in place. Nothing here has threads or keeps state; a
/// `ByteBuf` stays its caller's unless a method says otherwise.
@NullMarked
package io.fairlead.wire;

import org.jspecify.annotations.NullMarked;
