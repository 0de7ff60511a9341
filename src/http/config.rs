//! Settings of HTTP that the operator chooses.

use actix_web::http::header::HeaderName;

use super::{
    client::{AllowedHost, Origins},
    connection::ConnectionLimits,
    response::CachingConfig,
};

/// Settings of HTTP.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The other origins whose pages may send requests. Pages of the service's own origin always may.
    pub origins: Origins,
    /// Maximum requests in a batch.
    pub batch: usize,
    /// Whether the service accepts HTTP/2 without TLS, in addition to HTTP/1.1.
    pub http2: bool,
    /// Header in which the proxy reports the address of its client; `None` if there is no proxy.
    pub client_header: Option<HeaderName>,
    /// The host names by which clients reach the service. If the list is empty,
    /// [`Hosts::of_service`](super::Hosts::of_service) decides which hosts are allowed.
    pub hosts: Vec<AllowedHost>,
    /// Whether the service has the editor's desk at `/edit`.
    pub desk: bool,
    /// What HTTP caches may store.
    pub caching: CachingConfig,
    /// Limits of connections.
    pub connections: ConnectionLimits,
}

impl HttpConfig {
    /// Default of [`Self::batch`]: enough for the queries that the components of one page send together.
    pub const BATCH: usize = 10;
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            origins: Origins::default(),
            batch: Self::BATCH,
            http2: false,
            client_header: None,
            hosts: Vec::new(),
            desk: true,
            caching: CachingConfig::default(),
            connections: ConnectionLimits::default(),
        }
    }
}
