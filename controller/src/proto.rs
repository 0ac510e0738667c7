//! What `controller/proto` compiles to.

pub use baton::admin::v1 as admin;
pub(crate) use baton::peer::v1 as peer;

/// Modules as the packages are named, since one package names messages of another.
#[allow(missing_docs, unreachable_pub, unused_qualifications)]
mod baton {
    /// Between an operator and a node: `proto/admin.proto`.
    pub mod admin {
        pub mod v1 {
            tonic::include_proto!("baton.admin.v1");
        }
    }

    /// Between two nodes: `proto/peer.proto`.
    pub mod peer {
        pub mod v1 {
            tonic::include_proto!("baton.peer.v1");
        }
    }
}
