//! Stories: what a user of the service notices, told over HTTP on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

mod asking;
mod batches;
mod bodies;
mod caching;
mod copying;
mod costs;
mod coverage;
mod docs;
mod documents;
mod events;
mod filling;
mod filters;
mod fixed_limits;
mod gate;
mod generating;
mod guards;
mod hierarchy;
mod http;
mod introspection;
mod keys;
mod language;
mod library;
mod migrating;
mod mistakes;
mod model;
mod negotiation;
mod nested;
mod nodes;
mod opening;
mod operations;
mod orders;
mod origins;
mod outages;
mod pages;
mod pooler;
mod readme;
mod resources;
mod reverse;
mod selection;
mod sockets;
mod statements;
mod support;
mod tls;
mod values;
