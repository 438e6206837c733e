/// TCP connection factories for Spring Integration whose connections are Netty channels. Start at
/// [io.fairlead.integration.netty.NettyTcpServerConnectionFactory] and
/// [io.fairlead.integration.netty.NettyTcpClientConnectionFactory]: they take the place of Spring Integration's own
/// Net and NIO factories under its channel adapters and gateways. Everything of a connection happens on its event
/// loop, sending from other threads included: it hops there. Nothing here blocks a loop.
@NullMarked
package io.fairlead.integration.netty;

import org.jspecify.annotations.NullMarked;
