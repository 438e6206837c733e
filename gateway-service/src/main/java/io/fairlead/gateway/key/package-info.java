/// Keys that messages of unchanged clients carry: for once in effect, for order, for the pairing of replies,
/// and for who the client is. Starting points: [KeyProperties], a listener's settings, become [MessageKeys]
/// and a [Correlation]; [KeyExpression] says where in a message a value stands. All of it is immutable and
/// called on event loops: nothing here blocks, and no bytes of a message make it throw.
@NullMarked
package io.fairlead.gateway.key;

import org.jspecify.annotations.NullMarked;
