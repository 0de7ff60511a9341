//! The memory of a head that is long or has many fields.

use actix_web::HttpRequest;

use crate::{
    access::{Account, Reservation},
    http::{FIELD_MEMORY, response::HttpRefusal},
};

/// Longest head, in bytes, for which no memory is reserved. Most heads are shorter. The limits of connections and streams
/// bound the number of heads without a reservation.
const SHORT: u64 = 2048;

/// Fields for which every head has memory, because the map of Actix has this many slots from the start.
const USUAL_FIELDS: usize = 28;

/// Reserves memory for the head of a request, which is stored until the response is built; `None` for a short head without
/// many fields.
///
/// # Errors
/// Returns a refusal if the client has no memory left.
pub fn reserve(http: &HttpRequest, account: &Account) -> Result<Option<Reservation>, HttpRefusal> {
    let headers = http.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let bytes = headers.sum::<usize>() + http.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let fields = http.headers().len().saturating_sub(USUAL_FIELDS);
    let memory = bytes as u64 + fields as u64 * FIELD_MEMORY;
    if memory <= SHORT {
        return Ok(None);
    }
    account.reserve(memory).map(Some).map_err(|_| HttpRefusal::out_of_memory())
}
