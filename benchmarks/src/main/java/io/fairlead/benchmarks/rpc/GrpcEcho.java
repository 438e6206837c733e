package io.fairlead.benchmarks.rpc;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// A gRPC server with a method that answers with what it was sent. The handler cannot block and runs on the event loop
/// (`directExecutor`), which costs the least. Payloads are bytes: there is no protobuf to encode.
///
///     GrpcEcho PORT
final class GrpcEcho {
    static final MethodDescriptor<byte[], byte[]> METHOD = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("echo.Echo/echo")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();

    private GrpcEcho() {}

    public static void main(String[] args) throws Exception {
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])))
                .directExecutor()
                .addService(ServerServiceDefinition.builder("echo.Echo")
                        .addMethod(METHOD, ServerCalls.asyncUnaryCall((request, answer) -> {
                            answer.onNext(request);
                            answer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
        server.awaitTermination();
    }

    /// Reads as many bytes as there are, as protobuf does: `readAllBytes` begins with a buffer of 16 KB.
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new Message(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readNBytes(stream.available()); // a KnownLength: all of it, unless compressed
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Writes itself, as protobuf's messages do: of others gRPC copies the bytes through a buffer of 8 KB.
    private static final class Message extends ByteArrayInputStream implements KnownLength, Drainable {
        Message(byte[] value) {
            super(value);
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int bytes = count - pos;
            target.write(buf, pos, bytes);
            pos = count;
            return bytes;
        }
    }
}
