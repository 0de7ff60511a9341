//! The memory of a long head.

use actix_web::HttpRequest;

use crate::{
    access::{Account, Reservation},
    http::response::HttpRefusal,
};

/// Longest head, in bytes, for which no memory is reserved. Most heads are shorter. The limits of connections and streams
/// bound the number of heads without a reservation.
const SHORT: usize = 2048;

/// Reserves memory for the head of a request, which is stored until the response is built; `None` for a short head.
///
/// # Errors
/// Returns a refusal if the client has no memory left.
pub fn reserve(http: &HttpRequest, account: &Account) -> Result<Option<Reservation>, HttpRefusal> {
    let headers = http.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let bytes = headers.sum::<usize>() + http.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if bytes <= SHORT {
        return Ok(None);
    }
    account.reserve(bytes as u64).map(Some).map_err(|_| HttpRefusal::out_of_memory())
}
