//! Stories: what a user of the service notices, told over HTTP on SQLite and on PostgreSQL.

mod asking;
mod migrating;
mod readme;
mod filters;
mod hierarchy;
mod http;
mod introspection;
mod library;
mod mistakes;
mod nested;
mod orders;
mod pages;
mod reverse;
mod selection;

mod support;
mod values;
