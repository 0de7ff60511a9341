//! Measures how fast Dermagraph is, compared with handwritten code for the same queries.
//!
//! [`compare`] starts the service and its rivals ([`rival`]), each in a process of its own on one database, checks that
//! all send the same responses to the same queries ([`question`]), and measures one after another under load.
//! `docs/performance.md` has instructions and results.

pub mod authoring;
pub mod chart;
pub mod check;
pub mod client;
pub mod cluster;
pub mod compare;
pub mod contender;
pub mod finding;
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

/// A failure, as a sentence for the person who runs the harness.
pub type Failure = String;
