//! What whoever runs the service may set of its HTTP side.

use actix_web::http::header::HeaderName;

use super::{caching::CachingConfig, connection::ConnectionLimits, host::AllowedHost, origin::Origins};

/// Settings of the HTTP side.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The origins whose pages may ask, beside the service's own.
    pub origins: Origins,
    /// Most requests of one batch.
    pub batch: usize,
    /// Speaks HTTP/2 without TLS as well.
    pub http2: bool,
    /// Header in which a proxy tells the address of its client; `None` when there is no proxy.
    pub client_header: Option<HeaderName>,
    /// The hosts that the service is known by; when there is none, those of [`Hosts::of_service`](super::host::Hosts::of_service).
    pub hosts: Vec<AllowedHost>,
    /// What caches on the way may keep.
    pub caching: CachingConfig,
    /// What connections may take.
    pub connections: ConnectionLimits,
}

impl HttpConfig {
    /// Most requests of one batch, unless it is set otherwise: what the components of one page ask for together.
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
            caching: CachingConfig::default(),
            connections: ConnectionLimits::default(),
        }
    }
}
