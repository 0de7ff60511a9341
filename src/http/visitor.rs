//! Visitors: where a request comes from, before anything is known of its client.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpRequest, http::header, web::Data};

use super::endpoint::Endpoint;

/// Somebody at the gate, not yet known.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address that they ask from.
    pub address: IpAddr,
    /// What they show to be let in: `authorization` of `connection_init`, or else the header `Authorization`.
    pub authorization: Option<String>,
}

impl Visitor {
    /// Who sent a request. The address is that of the connection, unless a header is set in which a proxy tells another one.
    #[must_use]
    pub fn of(http: &HttpRequest) -> Self {
        let header = http.app_data::<Data<Endpoint>>().and_then(|endpoint| endpoint.config.client_header.as_ref());
        // A proxy adds the address at the end, perhaps on a line of its own; what stands before may be anybody's invention.
        let told = header.and_then(|name| http.headers().get_all(name).last());
        let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let connected = http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        let authorization = http.headers().get(header::AUTHORIZATION);
        // A header that is no text is no good credential, and must not pass for none.
        let authorization = authorization.map(|value| value.to_str().unwrap_or_default().to_owned());
        Self { address: told.unwrap_or(connected), authorization }
    }
}
