//! What `controller/proto` compiles to.

/// Between an operator and a node: `proto/admin.proto`.
#[allow(missing_docs, unreachable_pub, unused_qualifications)]
pub mod admin {
    tonic::include_proto!("baton.admin.v1");
}

/// Between two nodes: `proto/peer.proto`.
#[allow(missing_docs, unreachable_pub, unused_qualifications)]
pub(crate) mod peer {
    tonic::include_proto!("baton.peer.v1");
}
