//! Hostile and faulty clients against the real program: a process with SQLite, and bytes over TCP.
//!
//! Every request is refused or run at low cost, other clients are served meanwhile, and at the end the process uses no
//! more than before. `fuzz` runs random requests without the network.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod bodies;
mod cases;
mod clients;
#[path = "../support/compression.rs"]
mod compression;
mod documents;
mod fuzz;
mod heads;
#[path = "../support/program.rs"]
mod program;
mod random;
mod server;
mod sockets;
mod wire;
