//! Embedded files, and the responses that send them: encoding, caching and security headers.

use std::{
    io::{self, Read as _},
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::read::GzDecoder;
use twox_hash::XxHash3_64;

use super::response::{
    TEXT, caching,
    content_coding::Coding,
    secured,
    slices::{SLICE, Slices},
};

/// Files below this path have a hash of their content in their name, so they never change.
const HASHED: &str = "playground/assets/";
/// The codings of files that `build.rs` compresses, the preferred one last.
const CODINGS: [Coding; 2] = [Coding::Gzip, Coding::Brotli];
/// `Cache-Control` of files that never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A file of a page.
pub(super) struct Asset {
    /// The path below the service's root, without a leading slash.
    pub(super) path: &'static str,
    content: Content,
}

enum Content {
    Plain(&'static [u8]),
    /// The file in two codings. Its uncompressed form is not embedded.
    Compressed {
        brotli: &'static [u8],
        gzip: &'static [u8],
    },
}

impl Asset {
    /// Creates a file that is small enough to be sent uncompressed.
    pub(super) const fn plain(path: &'static str, bytes: &'static [u8]) -> Self {
        Self { path, content: Content::Plain(bytes) }
    }

    /// Creates a file of the bundle, which `build.rs` has compressed. The calls are in the code that `build.rs`
    /// generates.
    #[cfg_attr(not(playground_bundled), expect(dead_code, reason = "a build without npm has no bundle"))]
    pub(super) const fn compressed(path: &'static str, brotli: &'static [u8], gzip: &'static [u8]) -> Self {
        Self { path, content: Content::Compressed { brotli, gzip } }
    }

    /// Responds with the file in the coding that the client prefers, or with 304 if the client has the file already.
    /// `policy` is the content security policy.
    pub(super) fn respond(&self, request: &HttpRequest, policy: &'static str) -> HttpResponse {
        let mut response = secured(HttpResponse::Ok(), policy);
        response.insert_header((header::VARY, "Accept, Accept-Encoding"));
        if self.path.starts_with(HASHED) {
            response.insert_header((header::CACHE_CONTROL, IMMUTABLE));
        } else {
            let tag = self.tag();
            response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::ETAG, &*tag));
            if caching::is_current(request, &tag) {
                return response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.content_type(self.media_type());
        match self.content {
            Content::Plain(bytes) => response.body(slices(bytes)),
            Content::Compressed { brotli, gzip } => {
                let Some(coding) = Coding::choose(request.headers(), &CODINGS) else {
                    return response.body(Decompressed::new(gzip));
                };
                let bytes = if coding == Coding::Brotli { brotli } else { gzip };
                response.insert_header((header::CONTENT_ENCODING, coding.name())).body(slices(bytes))
            }
        }
    }

    /// Returns the entity tag. It is weak because it is the same for all codings of the file.
    fn tag(&self) -> String {
        let (Content::Plain(bytes) | Content::Compressed { gzip: bytes, .. }) = self.content;
        format!("W/\"{:016x}\"", XxHash3_64::oneshot(bytes))
    }

    fn media_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("txt") => TEXT,
            Some("svg") => "image/svg+xml",
            Some("ttf") => "font/ttf",
            Some("woff2") => "font/woff2",
            _ => "application/octet-stream",
        }
    }
}

/// Returns the body with an embedded file. Connections share the file instead of copying it.
fn slices(bytes: &'static [u8]) -> Slices {
    Slices::new(Bytes::from_static(bytes), Vec::new())
}

/// A body that is decompressed while it is sent, for the few clients that accept no coding of [`CODINGS`].
struct Decompressed(GzDecoder<&'static [u8]>, u64);

impl Decompressed {
    fn new(gzip: &'static [u8]) -> Self {
        // The last four bytes are the length of the file, if it is shorter than 4 GiB (RFC 1952, 2.3.1).
        let length = gzip.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
        Self(GzDecoder::new(gzip), length.into())
    }
}

impl MessageBody for Decompressed {
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
