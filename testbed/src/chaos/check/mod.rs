//! What must hold whatever fails. Each check is a function from what was seen to what is wrong with it, pure, and
//! its tests show it finding a violation that was written by hand.

pub mod linear;
pub mod ownership;
pub mod packets;
pub mod replicas;
pub mod trail;
pub mod writers;
