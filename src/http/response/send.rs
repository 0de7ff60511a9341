//! Sends responses and refusals. Long bodies are compressed.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{ConnectionType, StatusCode, header},
    web::Bytes,
};

use super::{
    HttpRefusal, ResponseParts, caching,
    content_coding::{Coding, RESPONSE_CODINGS},
    slices::Slices,
};
use crate::{
    access::Account,
    http::{connection::Activity, observe::RequestStats, request::MediaType, socket},
    schema::{Refusal, Service, Work},
};

/// Shortest body that is compressed, in bytes. A shorter one is sent in one packet even without compression.
const MIN_COMPRESSED: usize = 1024;
/// Longest body that is compressed on the serving thread, in bytes. That takes less than a millisecond; a longer body would
/// delay the requests of others.
const MAX_ON_SERVING_THREAD: usize = 32 * 1024;
/// Longest body that is compressed with a permit to prepare requests, in bytes, because that takes only some milliseconds.
/// Longer ones need a permit to run expensive operations.
const MAX_PREPARING: usize = 128 * 1024;

/// Builds an HTTP response from its parts. Compressing a long body needs a permit of the client; without a permit the body
/// is not compressed.
pub async fn send(
    http: &HttpRequest,
    content_type: &'static str,
    mut parts: ResponseParts,
    service: &Service,
    account: &Account,
) -> HttpResponse {
    let mut builder = builder(&parts);
    let is_current = caching::add_headers(http, &mut parts, &mut builder);
    for header in std::mem::take(&mut parts.headers) {
        builder.insert_header(header);
    }
    if is_current {
        return finish(http, builder.status(StatusCode::NOT_MODIFIED).finish(), parts.stats);
    }
    builder.insert_header((header::CONTENT_TYPE, content_type));
    let coding = Coding::choose(http.headers(), &RESPONSE_CODINGS).filter(|_| parts.response.body.len() >= MIN_COMPRESSED);
    let compressed = match coding {
        None => None,
        Some(coding) => {
            let compress = async |body: bytestring::ByteString| compress(coding, body.into_bytes(), service, account).await;
            let compressed = parts.response.compressed(coding.index(), compress).await;
            // A compressed body that is not in the response cache needs a reservation of this client. If the client has no
            // memory left, the body is sent uncompressed; the memory for that is already reserved.
            let (mut reservation, is_shared) = (None, parts.response.shares_compressed(coding.index()));
            let compressed =
                compressed.filter(|own| is_shared || account.adjust(&mut reservation, own.len() as u64).is_ok());
            parts.reservations.extend(reservation.map(Arc::new));
            compressed.map(|compressed| (coding.name(), compressed))
        }
    };
    let body = match compressed {
        Some((name, compressed)) => {
            builder.insert_header((header::CONTENT_ENCODING, name));
            compressed
        }
        None => parts.response.body.as_bytes().clone(),
    };
    if let Some(activity) = http.conn_data::<Rc<Activity>>().filter(|_| !parts.reservations.is_empty()) {
        activity.record_reserved_body();
    }
    finish(http, builder.body(Slices::new(body, parts.reservations)), parts.stats)
}

/// Builds the response for a refusal. It is short, so it is not compressed.
pub fn refuse(http: &HttpRequest, refusal: HttpRefusal) -> HttpResponse {
    let mut parts = ResponseParts::from(refusal);
    let mut builder = builder(&parts);
    caching::add_headers(http, &mut parts, &mut builder);
    for header in parts.headers {
        builder.insert_header(header);
    }
    builder.insert_header((header::CONTENT_TYPE, MediaType::of(http.headers()).content_type()));
    finish(http, builder.body(parts.response.body.clone()), parts.stats)
}

fn builder(parts: &ResponseParts) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(parts.status);
    builder.insert_header((header::VARY, "Accept, Accept-Encoding"));
    builder
}

fn finish(http: &HttpRequest, mut response: HttpResponse, stats: RequestStats) -> HttpResponse {
    let is_unread = matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE);
    if is_unread || socket::is_websocket_upgrade(http.head()) {
        // The rest of the body is not read, so the connection cannot be used for another request.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response.extensions_mut().insert(stats);
    response
}

/// Compresses a body. Returns `None` if the result is not shorter.
///
/// # Errors
/// Returns an error if the body is long and no permit is available to the client.
async fn compress(coding: Coding, body: Bytes, service: &Service, account: &Account) -> Result<Option<Bytes>, Refusal> {
    if body.len() <= MAX_ON_SERVING_THREAD {
        return Ok(coding.compress(&body).map(Bytes::from));
    }
    let kind = if body.len() <= MAX_PREPARING { Work::Preparing } else { Work::Running };
    let compressed = service.in_pool(kind, account, move || coding.compress(&body)).await?;
    Ok(compressed.map(Bytes::from))
}

#[cfg(test)]
mod tests {
    use std::{num::NonZero, thread::available_parallelism, time::Duration};

    use super::*;
    use crate::{
        access::Client,
        http::testing::endpoint,
        schema::{Limits, testing::RunningJob},
    };

    #[actix_web::test]
    async fn a_body_of_more_than_32_kib_is_compressed_with_a_permit() {
        let limits = Limits { queue_timeout: Duration::from_millis(10), ..Limits::default() };
        let (endpoint, _folder) = endpoint(limits).await;
        let service = &endpoint.gate.service;
        let account = endpoint.gate.accounts.of(Client::at([192, 0, 2, 1].into()));
        let compresses = async |length: usize| {
            let body = Bytes::from(vec![b'x'; length]);
            matches!(compress(Coding::Gzip, body, service, &account).await, Ok(Some(_)))
        };
        // The jobs end when this list is dropped.
        let mut running = Vec::new();
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            running.push(RunningJob::start(service, Work::Preparing, &account).await);
        }
        assert!(compresses(MAX_ON_SERVING_THREAD).await);
        assert!(!compresses(MAX_ON_SERVING_THREAD + 1).await && !compresses(MAX_PREPARING).await, "no permit is available");
        assert!(compresses(MAX_PREPARING + 1).await, "it needs another permit");
    }
}
