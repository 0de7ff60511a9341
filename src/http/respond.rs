//! Sends GraphQL responses and the schema, compressed where that is worth it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{ConnectionType, StatusCode, header},
    web::Bytes,
};

use super::{
    caching,
    coding::{self, Coding},
    graphql::Reply,
    negotiate::MediaType,
    refused::Refused,
    seen::Seen,
    slices::Slices,
    socket,
};
use crate::{
    access::Account,
    schema::{Service, Work},
};

/// Shortest body that is compressed: a shorter one fits into one packet anyway.
const WORTH_COMPRESSING: usize = 1024;
/// Longest body that is compressed on the serving thread: that takes some milliseconds, and a longer one would hold up the requests of
/// others.
const COMPRESSED_HERE: usize = 128 * 1024;

/// The response to a request. Compressing a long body takes a turn of the client; without one it goes as it is.
pub async fn send(
    http: &HttpRequest,
    content_type: &'static str,
    mut reply: Reply,
    service: &Service,
    account: &Account,
) -> HttpResponse {
    let mut builder = builder(&reply);
    let has_already = caching::tell(http, &mut reply, &mut builder);
    for header in std::mem::take(&mut reply.headers) {
        builder.insert_header(header);
    }
    if has_already {
        return finish(http, builder.status(StatusCode::NOT_MODIFIED).finish(), reply.seen);
    }
    builder.insert_header((header::CONTENT_TYPE, content_type));
    let coding =
        Coding::accepted(http.headers(), &coding::WRITTEN).filter(|_| reply.response.body.len() >= WORTH_COMPRESSING);
    let compressed = match coding {
        None => None,
        Some(coding) => {
            let compress = async |body: bytestring::ByteString| compress(coding, body.into_bytes(), service, account).await;
            let compressed = reply.response.compressed(coding.form(), compress).await;
            // One that is not shared is held for this client alone; without room the body goes as it is, which is held already.
            let (mut held, is_shared) = (None, reply.response.shares_compressed(coding.form()));
            let compressed = compressed.filter(|own| is_shared || account.hold_as(&mut held, own.len() as u64).is_ok());
            reply.held.extend(held.map(Arc::new));
            compressed.map(|compressed| (coding.name(), compressed))
        }
    };
    let body = match compressed {
        Some((name, compressed)) => {
            builder.insert_header((header::CONTENT_ENCODING, name));
            compressed
        }
        None => reply.response.body.as_bytes().clone(),
    };
    let response = if reply.held.is_empty() { builder.body(body) } else { builder.body(Slices::new(body, reply.held)) };
    finish(http, response, reply.seen)
}

/// The response to a request that is refused, wherever that is. It is short, and not compressed.
pub fn refuse(http: &HttpRequest, refused: Refused) -> HttpResponse {
    let mut reply = Reply::from(refused);
    let mut builder = builder(&reply);
    caching::tell(http, &mut reply, &mut builder);
    for header in reply.headers {
        builder.insert_header(header);
    }
    builder.insert_header((header::CONTENT_TYPE, MediaType::of(http.headers()).content_type()));
    finish(http, builder.body(reply.response.body.clone()), reply.seen)
}

fn builder(reply: &Reply) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(reply.status);
    builder.insert_header((header::VARY, "Accept, Accept-Encoding"));
    builder
}

fn finish(http: &HttpRequest, mut response: HttpResponse, seen: Seen) -> HttpResponse {
    let is_cut = matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE);
    if is_cut || socket::is_asked_for(http.head()) {
        // What is left of the body is not waited for.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response.extensions_mut().insert(seen);
    response
}

async fn compress(coding: Coding, body: Bytes, service: &Service, account: &Account) -> Option<Bytes> {
    if body.len() <= COMPRESSED_HERE {
        return coding.pack(&body).map(Bytes::from);
    }
    service.in_pool(Work::Running, account, move || coding.pack(&body)).await.ok().flatten().map(Bytes::from)
}
