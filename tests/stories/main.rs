//! Stories: what a user of the service notices, told over HTTP on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod asking;
mod migrating;
mod readme;
mod support;
