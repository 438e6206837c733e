package io.fairlead.benchmarks.rpc;

import io.fairlead.benchmarks.load.Load;
import java.util.Map;

/// Load on what else carries calls between services.
final class RpcLoad {
    private RpcLoad() {}

    public static void main(String[] args) throws Exception {
        Load.run(
                args,
                Map.of(
                        "dubbo", DubboPeer::new,
                        "fairlead", FairleadPeer::onThreads,
                        "fairlead-loops", FairleadPeer::onLoop,
                        "grpc", GrpcPeer::new,
                        "nats", NatsPeer::new,
                        "rsocket", RSocketPeer::onLoop,
                        "rsocket-threads", RSocketPeer::onThreads));
    }
}
