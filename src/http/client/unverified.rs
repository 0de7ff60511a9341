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
        Self { address: address(http), authorization: authorization(http) }
    }
}

/// Returns the address of the client that sent a request.
pub fn address(http: &HttpRequest) -> IpAddr {
    let connected = || http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    forwarded_address(http).unwrap_or_else(connected)
}

/// Returns the address that a proxy reports; `None` if there is no proxy, or if it reports no address.
///
/// Clients whose address the proxy does not report share the budget of the proxy. The log warns the operator once.
fn forwarded_address(http: &HttpRequest) -> Option<IpAddr> {
    let endpoint = http.app_data::<Data<Endpoint>>()?;
    let header = endpoint.config.client_header.as_ref()?;
    let address = forwarded::client_address(http.headers(), header);
    if address.is_none() {
        endpoint.missing_address_warning.call_once(|| {
            let header = header.as_str();
            tracing::warn!(
                header,
                "a request has no client address in this header; such clients share the budget of the proxy's address"
            );
        });
    }
    address
}

/// Returns the value of `Authorization`; `None` if the header is missing. If the value is not text, or if there are
/// several, returns an empty text, which is refused as an invalid credential.
fn authorization(http: &HttpRequest) -> Option<String> {
    let mut values = http.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?;
    let is_only = values.next().is_none();
    Some(value.to_str().ok().filter(|_| is_only).unwrap_or_default().to_owned())
}
