package io.fairlead.worker;

import io.fairlead.starter.CallContext;
import io.fairlead.starter.FairleadException;
import io.fairlead.starter.FairleadService;
import io.fairlead.starter.Receive;
import io.fairlead.wire.Status;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Takes orders as durable messages: each is in the table `orders` once, however often it is delivered.
@FairleadService("orders")
class Orders {
    private static final int MAX_QUANTITY = 1_000_000;

    private final JdbcClient jdbc;

    Orders(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// @param item what is ordered
    record Order(String item, int quantity) {}

    /// In the transaction that keeps the message's key: both are committed or neither.
    @Receive
    void place(Order order, CallContext context) {
        if (order.quantity() < 1 || order.quantity() > MAX_QUANTITY) {
            throw new FairleadException(
                    Status.INVALID_ARGUMENT,
                    "quantity: " + order.quantity() + " (expected: 1 to " + MAX_QUANTITY + ")");
        }
        jdbc.sql("insert into orders (message_id, item, quantity) values (?, ?, ?)")
                .params(context.messageId().orElse(""), order.item(), order.quantity())
                .update();
    }
}
