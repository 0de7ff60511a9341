//! Sends GraphQL responses, packed where that is worth it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{ConnectionType, StatusCode, header},
    web::{self, Bytes},
};

use super::{
    coding::Coding,
    graphql::{MediaType, Reply},
};

/// Shortest body that is packed: a shorter one fits into one packet anyway.
const WORTH_PACKING: usize = 1024;
/// Longest body that is packed on the serving thread; packing a longer one would hold up the requests of others.
const PACKED_HERE: usize = 256 * 1024;

/// The response to a request.
pub async fn send(http: &HttpRequest, media: MediaType, reply: Reply) -> HttpResponse {
    let body = Bytes::from(reply.body);
    let coding = Coding::accepted(http).filter(|_| body.len() >= WORTH_PACKING);
    let mut response = HttpResponse::build(reply.status);
    response.insert_header((header::CONTENT_TYPE, media.content_type()));
    response.insert_header((header::VARY, "Accept, Accept-Encoding"));
    for header in reply.headers {
        response.insert_header(header);
    }
    let packed = match coding {
        None => None,
        Some(coding) => pack(coding, body.clone()).await.map(|packed| (coding.name(), packed)),
    };
    let mut response = match packed {
        Some((name, packed)) => response.insert_header((header::CONTENT_ENCODING, name)).body(packed),
        None => response.body(body),
    };
    if matches!(reply.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        // What is left of the body is not waited for.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response.extensions_mut().insert(reply.seen);
    response
}

async fn pack(coding: Coding, body: Bytes) -> Option<Vec<u8>> {
    if body.len() <= PACKED_HERE {
        return coding.pack(&body);
    }
    // A pool that is shut down packs nothing, and the body goes as it is.
    web::block(move || coding.pack(&body)).await.ok().flatten()
}
