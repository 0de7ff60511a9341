//! Stories: what a user of the service notices, told over HTTP on SQLite and on PostgreSQL.

mod asking;
mod filters;
mod hierarchy;
mod http;
mod introspection;
mod library;
mod migrating;
mod mistakes;
mod model;
mod nested;
mod orders;
mod pages;
mod readme;
mod reverse;
mod selection;
mod support;
mod values;
