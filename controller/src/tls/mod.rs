//! TLS on every port: who is at the other end, and whether he may be there.

mod facts;
mod identity;

pub use facts::Facts;
pub use identity::{Identity, IdentityError, Role, RoleError, identity_of, name};
