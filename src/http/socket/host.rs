//! What a socket asks of the rest of the service.

use std::net::IpAddr;

use actix_web::{HttpRequest, http::header};

use crate::{
    http::results::{Results, results},
    schema::{GraphqlRequest, Refusal, Service},
};

/// Who opened a socket.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address that the connection comes from.
    pub address: Option<IpAddr>,
    /// What it shows to be let in: `authorization` of `connection_init`, or else the header `Authorization`.
    pub authorization: Option<String>,
}

impl Visitor {
    /// Who sent a request.
    #[must_use]
    pub fn of(http: &HttpRequest) -> Self {
        let authorization = http.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let address = http.peer_addr().map(|address| address.ip());
        Self { address, authorization: authorization.map(str::to_owned) }
    }
}

/// Decides who may come in, and runs what they ask for.
pub trait Host: Send + Sync {
    /// Whether a visitor is let in. It is asked once, when `connection_init` has come.
    fn admits(&self, visitor: &Visitor) -> bool;

    /// Begins an operation.
    ///
    /// # Errors
    /// When it is not run.
    fn begin(&self, visitor: &Visitor, request: GraphqlRequest) -> Result<Results, Refusal>;
}

/// The service itself lets everybody in.
impl Host for Service {
    fn admits(&self, _visitor: &Visitor) -> bool {
        true
    }

    fn begin(&self, _visitor: &Visitor, request: GraphqlRequest) -> Result<Results, Refusal> {
        Ok(results(self, self.prepare(request)?))
    }
}
