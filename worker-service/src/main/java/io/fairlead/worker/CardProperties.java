package io.fairlead.worker;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of the card service.
///
/// @param binary whether messages are packed (BCD, bitmaps as bytes) and not ASCII with hexadecimal bitmaps.
///     Must agree with the gateway's listener.
/// @param limit highest amount that is approved, in the currency's smallest unit. Above it the answer is 61.
/// @param balance what every account holds, likewise. Above it the answer is 51.
@ConfigurationProperties("cards")
record CardProperties(
        @DefaultValue("false") boolean binary,
        @DefaultValue("500000") long limit,
        @DefaultValue("100000") long balance) {}
