//! Dermagraph, a GraphQL content service for aesthetic dermatology.

pub mod http;
