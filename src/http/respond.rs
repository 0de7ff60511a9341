//! Sends GraphQL responses, packed where that is worth it.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{ConnectionType, StatusCode, header},
    web::{self, Bytes},
};

use super::{
    caching,
    coding::Coding,
    graphql::{MediaType, Reply},
};

/// Shortest body that is packed: a shorter one fits into one packet anyway.
const WORTH_PACKING: usize = 1024;
/// Longest body that is packed on the serving thread; packing a longer one would hold up the requests of others.
const PACKED_HERE: usize = 256 * 1024;

/// The response to a request.
pub async fn send(http: &HttpRequest, media: MediaType, mut reply: Reply) -> HttpResponse {
    let mut builder = HttpResponse::build(reply.status);
    builder.insert_header((header::VARY, "Accept, Accept-Encoding"));
    let has_already = caching::tell(http, &mut reply, &mut builder);
    for header in reply.headers {
        builder.insert_header(header);
    }
    let mut response = if has_already {
        builder.status(StatusCode::NOT_MODIFIED).finish()
    } else {
        builder.insert_header((header::CONTENT_TYPE, media.content_type()));
        let coding = Coding::accepted(http).filter(|_| reply.response.body.len() >= WORTH_PACKING);
        let packed = match coding {
            None => None,
            Some(coding) => {
                let packed = reply.response.packed(coding.form(), async |body| pack(coding, body.into_bytes()).await).await;
                packed.map(|packed| (coding.name(), packed))
            }
        };
        match packed {
            Some((name, packed)) => builder.insert_header((header::CONTENT_ENCODING, name)).body(packed),
            None => builder.body(reply.response.body.clone()),
        }
    };
    if matches!(reply.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        // What is left of the body is not waited for.
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    response.extensions_mut().insert(reply.seen);
    response
}

async fn pack(coding: Coding, body: Bytes) -> Option<Bytes> {
    if body.len() <= PACKED_HERE {
        return coding.pack(&body).map(Bytes::from);
    }
    // A pool that is shut down packs nothing, and the body goes as it is.
    web::block(move || coding.pack(&body)).await.ok().flatten().map(Bytes::from)
}
