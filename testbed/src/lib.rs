//! The laboratory: virtual switches, numbered traffic, an oracle that counts its answers, clusters of real
//! `baton` processes, and faults.

pub mod bench;
pub mod chaos;
pub mod cluster;
pub mod faults;
pub mod load;
pub mod model;
pub mod numbered;
pub mod oracle;
pub mod output;
pub mod ports;
pub mod proxy;
pub mod restart;
pub mod rivals;
pub mod seeded;
pub mod sim;
pub mod storage;
pub mod switches;
pub mod verbs;
pub mod vswitch;
pub mod wait;
