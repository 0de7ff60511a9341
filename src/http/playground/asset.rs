//! One embedded file and how it is answered: encoding, caching, security headers.

use std::{
    io::{self, Read as _},
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use flate2::read::GzDecoder;

use super::CONTENT_SECURITY_POLICY;
use crate::http::{
    caching,
    coding::Coding,
    slices::{SLICE, Slices},
};

/// Files below this path have a hash of their content in their name.
const HASHED: &str = "playground/assets/";
/// The codings of files that are compressed when they are built, the preferred one last.
const PACKED: [Coding; 2] = [Coding::Gzip, Coding::Brotli];
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
            response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, &*tag));
            if caching::has_already(request, &tag) {
                return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.content_type(self.media_type());
        match self.content {
            Content::Plain(bytes) => response.body(slices(bytes)),
            Content::Packed { brotli, gzip } => {
                let Some(coding) = Coding::accepted(request.headers(), &PACKED) else {
                    return response.body(Unpacked::new(gzip));
                };
                let bytes = if coding == Coding::Brotli { brotli } else { gzip };
                response.insert_header((header::CONTENT_ENCODING, coding.name())).body(slices(bytes))
            }
        }
    }

    /// Weak, because it names the file and not one of its encodings. FNV-1a is enough to tell a
    /// file from its next version.
    fn tag(&self) -> String {
        let (Content::Plain(bytes) | Content::Packed { gzip: bytes, .. }) = self.content;
        let hash = bytes
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        format!("W/\"{hash:016x}\"")
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

/// A file that is embedded. What waits to be taken is the file itself, and not a copy for each connection.
fn slices(bytes: &'static [u8]) -> Slices {
    Slices::new(Bytes::from_static(bytes), Vec::new())
}

/// A file that is decompressed as it is taken, for the rare client that takes it in no other form.
struct Unpacked(GzDecoder<&'static [u8]>, u64);

impl Unpacked {
    fn new(gzip: &'static [u8]) -> Self {
        // The last four bytes are the length (RFC 1952, 2.3.1), of files below 4 GiB.
        let length = gzip.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
        Self(GzDecoder::new(gzip), length.into())
    }
}

impl MessageBody for Unpacked {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.1)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut piece = Vec::with_capacity(SLICE);
        let read = (&mut self.0).take(SLICE as u64).read_to_end(&mut piece);
        Poll::Ready(match read {
            Ok(0) => None,
            Ok(_) => Some(Ok(piece.into())),
            Err(failure) => Some(Err(failure)),
        })
    }
}
