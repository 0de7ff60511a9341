//! One embedded file and how it is answered: encoding, caching, security headers.

use std::io::Read as _;

use actix_web::http::header::{self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header as _, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::read::GzDecoder;

use super::CONTENT_SECURITY_POLICY;

/// Files below this path have a hash of their content in their name.
const HASHED: &str = "playground/assets/";
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// A file of a page.
pub(super) struct Asset {
    /// The path below the service's root, without a leading slash.
    pub(super) path: &'static str,
    content: Content,
}

enum Content {
    Plain(&'static [u8]),
    /// The same file twice; its plain form is not embedded.
    Packed {
        brotli: &'static [u8],
        gzip: &'static [u8],
    },
}

impl Asset {
    /// A file that is small enough to be sent as it is.
    pub(super) const fn plain(path: &'static str, bytes: &'static [u8]) -> Self {
        Self { path, content: Content::Plain(bytes) }
    }

    /// A file of the bundle, compressed when the bundle was made. (`build.rs` writes the calls.)
    #[cfg_attr(not(playground_bundled), expect(dead_code, reason = "a build without npm has no bundle"))]
    pub(super) const fn packed(path: &'static str, brotli: &'static [u8], gzip: &'static [u8]) -> Self {
        Self { path, content: Content::Packed { brotli, gzip } }
    }

    /// The whole file in the encoding that suits the client best, or 304 when it has it already.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = secured(HttpResponse::Ok());
        response.insert_header((header::VARY, "Accept, Accept-Encoding"));
        if self.path.starts_with(HASHED) {
            response.insert_header((header::CACHE_CONTROL, FOR_GOOD));
        } else {
            let tag = self.tag();
            response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header(header::ETag(tag.clone()));
            if has_already(request, &tag) {
                return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.content_type(self.media_type());
        match self.content {
            Content::Plain(bytes) => response.body(Bytes::from_static(bytes)),
            Content::Packed { brotli, gzip } => match encoding(request) {
                ContentEncoding::Brotli => response.insert_header(ContentEncoding::Brotli).body(Bytes::from_static(brotli)),
                ContentEncoding::Gzip => response.insert_header(ContentEncoding::Gzip).body(Bytes::from_static(gzip)),
                _ => response.body(unpacked(gzip)),
            },
        }
    }

    /// Weak, because it names the file and not one of its encodings. FNV-1a is enough to tell a
    /// file from its next version.
    fn tag(&self) -> EntityTag {
        let (Content::Plain(bytes) | Content::Packed { gzip: bytes, .. }) = self.content;
        let hash = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        EntityTag::new_weak(format!("{hash:016x}"))
    }

    fn media_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("txt") => "text/plain; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("ttf") => "font/ttf",
            Some("woff2") => "font/woff2",
            _ => "application/octet-stream",
        }
    }
}

/// Adds what every answer carries, errors too: a worker takes its policy from its own script.
pub(super) fn secured(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"));
    response
}

fn has_already(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Brotli, gzip or none; none also for a client that refuses all three, as HTTP allows.
fn encoding(request: &HttpRequest) -> ContentEncoding {
    let offered = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    let chosen = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(offered.iter()));
    match chosen {
        Some(Encoding::Known(encoding)) => encoding,
        _ => ContentEncoding::Identity,
    }
}

/// For the rare client without compression. What is embedded was packed by us, so it unpacks; if
/// it did not, the client would get what could be read.
fn unpacked(gzip: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = GzDecoder::new(gzip).read_to_end(&mut bytes);
    bytes
}
