//! Clients that mean harm, or know no better, against the program as it is run: a process, SQLite, bytes over TCP.
//!
//! Whatever they send, they are refused or answered, cheaply; others are served meanwhile; and the process is in the end as it
//! was before. `fuzz` makes up requests at random, without the network in between.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod bodies;
mod cases;
mod clients;
mod documents;
mod fuzz;
mod heads;
#[path = "../support/packed.rs"]
mod packed;
#[path = "../support/program.rs"]
mod program;
mod random;
mod server;
mod sockets;
mod wire;
