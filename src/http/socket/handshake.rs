//! The handshake that upgrades a request to a WebSocket (RFC 6455, section 4.2).

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode, Version,
        header::{self, HeaderName},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::http::{request::header_list, response::HttpRefusal};

/// The request is not a valid handshake.
const BAD_HANDSHAKE: &str = "BAD_HANDSHAKE";

/// The version of the WebSocket protocol.
const VERSION: &str = "13";

/// The text that is hashed together with the key of the client (RFC 6455, section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Length of the decoded key, in bytes.
const KEY_LENGTH: usize = 16;

/// An accepted handshake.
pub struct Handshake {
    /// The response, without its body.
    pub response: HttpResponseBuilder,
    /// Whether the client offers the subprotocol.
    pub has_subprotocol: bool,
}

/// Accepts a handshake, and the subprotocol if the client offers it.
///
/// # Errors
/// Returns a refusal if the request is not a handshake of version 13. For another version, the refusal names version 13.
pub fn accept(http: &HttpRequest, subprotocol: &'static str) -> Result<Handshake, HttpRefusal> {
    let refuse = |status| {
        let message = "This is not a WebSocket handshake of version 13.";
        HttpRefusal::new(status, BAD_HANDSHAKE, message)
    };
    // The bytes after the head are frames, so the request must not have a body. With a chunked body, Actix would also
    // chunk the response.
    let length = http.headers().get_all(header::CONTENT_LENGTH).any(|length| length != "0");
    if http.version() != Version::HTTP_11 || length || http.headers().contains_key(header::TRANSFER_ENCODING) {
        return Err(refuse(StatusCode::BAD_REQUEST));
    }
    if !header_list::members(http.headers(), header::CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade")) {
        return Err(refuse(StatusCode::BAD_REQUEST));
    }
    match one(http, header::SEC_WEBSOCKET_VERSION) {
        Some(VERSION) => {}
        None => return Err(refuse(StatusCode::BAD_REQUEST)),
        Some(_) => {
            let refusal = refuse(StatusCode::UPGRADE_REQUIRED).with_header(header::UPGRADE, "websocket");
            return Err(refusal.with_header(header::SEC_WEBSOCKET_VERSION, VERSION));
        }
    }
    let key = one(http, header::SEC_WEBSOCKET_KEY).filter(|key| {
        let bytes = STANDARD.decode(key);
        bytes.is_ok_and(|bytes| bytes.len() == KEY_LENGTH)
    });
    let key = key.ok_or_else(|| refuse(StatusCode::BAD_REQUEST))?;
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &[key.as_bytes(), GUID].concat()));
    let mut response = HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS);
    response.upgrade("websocket").insert_header((header::SEC_WEBSOCKET_ACCEPT, accept));
    let mut offered = header_list::members(http.headers(), header::SEC_WEBSOCKET_PROTOCOL);
    let has_subprotocol = offered.any(|token| token == subprotocol);
    if has_subprotocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, subprotocol));
    }
    Ok(Handshake { response, has_subprotocol })
}

/// Returns the value of a header; `None` if it is missing, is not text, or occurs several times.
fn one(http: &HttpRequest, name: HeaderName) -> Option<&str> {
    let mut values = http.headers().get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value.trim())
}

#[cfg(test)]
mod tests {
    use actix_web::{
        http::{Version, header},
        test::TestRequest,
    };

    use super::{super::is_websocket_upgrade, accept};

    #[test]
    fn the_example_of_rfc_6455_is_accepted() {
        let request = TestRequest::default()
            .insert_header((header::CONNECTION, "keep-alive, Upgrade"))
            .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
            .insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="))
            .insert_header((header::SEC_WEBSOCKET_PROTOCOL, "other, chat"))
            .to_http_request();
        let mut handshake = accept(&request, "chat").expect("it is accepted");
        let response = handshake.response.finish();
        let header = |name| response.headers().get(name).expect("the header is there");
        assert!(handshake.has_subprotocol);
        assert_eq!(header(header::SEC_WEBSOCKET_ACCEPT), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(header(header::SEC_WEBSOCKET_PROTOCOL), "chat");
        assert!(!accept(&request, "superchat").expect("it is accepted").has_subprotocol);
    }

    #[test]
    fn an_upgrade_to_a_websocket_may_be_in_any_line() {
        let request = |protocols: &[&str]| {
            let add = |request: TestRequest, protocol: &&str| request.append_header((header::UPGRADE, *protocol));
            protocols.iter().fold(TestRequest::default(), add).to_http_request()
        };
        for protocols in [&["websocket"][..], &["h2c", "WebSocket"], &["h2c, websocket"]] {
            assert!(is_websocket_upgrade(request(protocols).head()), "{protocols:?}");
        }
        for protocols in [&[][..], &["h2c"], &["websockets"]] {
            assert!(!is_websocket_upgrade(request(protocols).head()), "{protocols:?}");
        }
    }

    #[test]
    fn a_handshake_with_a_body_or_of_another_http_version_is_refused() {
        let request = || {
            TestRequest::default()
                .insert_header((header::CONNECTION, "Upgrade"))
                .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
                .insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="))
        };
        let refused = |request: TestRequest| accept(&request.to_http_request(), "chat").is_err();
        assert!(!refused(request()));
        assert!(!refused(request().insert_header((header::CONTENT_LENGTH, "0"))));
        assert!(refused(request().insert_header((header::CONTENT_LENGTH, "100"))));
        assert!(refused(request().insert_header((header::TRANSFER_ENCODING, "chunked"))));
        assert!(refused(request().version(Version::HTTP_10)));
    }
}
