//! The address and the credentials of a request, before they are verified.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpRequest, http::header, web::Data};

use super::forwarded;
use crate::http::endpoint::Endpoint;

/// A client whose credentials are not verified yet.
#[derive(Clone, Debug)]
pub struct UnverifiedClient {
    /// The address of the client.
    pub address: IpAddr,
    /// The credentials: `authorization` of `connection_init`, else the header `Authorization`; `None` if there are none.
    pub authorization: Option<String>,
}

impl UnverifiedClient {
    /// Reads address and credentials from a request. The address is that of the network connection, or the one that a
    /// proxy reports in the header that the operator has named.
    #[must_use]
    pub fn of(http: &HttpRequest) -> Self {
        Self::at(address(http), http)
    }

    /// Like [`Self::of`], with the [`address`] that was read before.
    #[must_use]
    pub fn at(address: IpAddr, http: &HttpRequest) -> Self {
        Self { address, authorization: authorization(http) }
    }
}

/// Returns the address of the client that sent a request.
pub fn address(http: &HttpRequest) -> IpAddr {
    let peer = http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let header = http.app_data::<Data<Endpoint>>().and_then(|endpoint| endpoint.config.client_header.as_ref());
    forwarded::client_of(http.headers(), peer, header)
}

/// Returns the value of `Authorization`; `None` if the header is missing. If the value is not text, or if there are
/// several, returns an empty text, which is refused as an invalid credential.
fn authorization(http: &HttpRequest) -> Option<String> {
    let mut values = http.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?;
    let is_only = values.next().is_none();
    Some(value.to_str().ok().filter(|_| is_only).unwrap_or_default().to_owned())
}
