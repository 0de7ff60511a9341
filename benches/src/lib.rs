//! How fast Dermagraph is, beside what one would write by hand for the same questions.
//!
//! [`compare`] starts the service and its rivals ([`rival`]), each in a process of its own on one database, asks all of them
//! the same [`question`], and drives them in turn. `docs/performance.md` says how to run it and what came out.

pub mod chart;
pub mod check;
pub mod client;
pub mod cluster;
pub mod compare;
pub mod contender;
pub mod growth;
pub mod library;
pub mod machine;
pub mod parent;
pub mod question;
pub mod report;
pub mod rival;
pub mod scan;
pub mod server;
pub mod start;
pub mod table;
pub mod wrk;

/// What went wrong, as a sentence for whoever runs the harness.
pub type Failure = String;
