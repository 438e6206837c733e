/// How the messages of a foreign protocol are read for a correlation key, and refused in the client's own
/// language, whatever framing carries them. Starting points: [Dialect], the SPI, and [Dialects], which knows them
/// by name. A dialect is immutable and shared by all event loops; nothing here blocks.
@NullMarked
package io.fairlead.gateway.dialect;

import org.jspecify.annotations.NullMarked;
