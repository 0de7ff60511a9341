//! Black-box attacks on every resource of the service. A normal client runs at the same time and must not notice them.
//!
//! An attack is a declaration in a table. The lab carries it out and measures resident memory, the latency of a cheap
//! query from another address, refused queries, and whether everything is released. `lab` lists the variables that set
//! its length. `cargo test --test attacks -- --nocapture --test-threads 1` prints the tables.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod advisories;
mod attack;
mod attacker;
mod budgets;
mod bytes;
#[path = "../support/cluster.rs"]
mod cluster;
#[path = "../support/compression.rs"]
mod compression;
mod connections;
mod credentials;
mod documents;
mod ends;
mod frames;
mod http2;
mod lab;
mod library;
mod mutations;
mod pages;
mod probe;
#[path = "../support/program.rs"]
mod program;
mod report;
mod requests;
mod response;
mod sockets;
mod storm;
mod usage;
