//! Stories: what a user of the service notices, told over HTTP on SQLite and on PostgreSQL.

mod asking;
mod migrating;
mod model;
mod support;
