//! Visitors: where a request comes from and what it shows, before anything is known of its client.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpRequest, http::header, web::Data};

use super::{endpoint::Endpoint, forwarded};

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct UnverifiedClient {
    /// The address of the client.
    pub address: IpAddr,
    /// What it shows to be let in: `authorization` of `connection_init`, or else the header `Authorization`.
    pub authorization: Option<String>,
}

impl UnverifiedClient {
    /// Where a request comes from. The address is that of the connection, unless a header is set in which a proxy tells another one.
    #[must_use]
    pub fn of(http: &HttpRequest) -> Self {
        let connected = http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        Self { address: told(http).unwrap_or(connected), authorization: authorization(http) }
    }
}

/// The address that a proxy tells; `None` when there is no proxy, or it does not tell. Then clients share the budget of the proxy, which the operator is
/// told once.
fn told(http: &HttpRequest) -> Option<IpAddr> {
    let endpoint = http.app_data::<Data<Endpoint>>()?;
    let header = endpoint.config.client_header.as_ref()?;
    let address = forwarded::client_of(http.headers(), header);
    if address.is_none() {
        endpoint.unread_address.call_once(|| {
            let header = header.as_str();
            tracing::warn!(
                header,
                "a request has no address of a client in this header; such clients share the budget of the proxy's address"
            );
        });
    }
    address
}

/// The credential. One that is not text, and several, are no good credential, and must not pass for none.
fn authorization(http: &HttpRequest) -> Option<String> {
    let mut values = http.headers().get_all(header::AUTHORIZATION);
    let value = values.next()?;
    let is_one = values.next().is_none();
    Some(value.to_str().ok().filter(|_| is_one).unwrap_or_default().to_owned())
}
