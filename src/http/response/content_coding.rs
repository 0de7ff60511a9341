//! Content codings: compressing responses and decompressing bodies of requests.
//!
//! Decompression stops at a limit, so a small body that decompresses to a huge one costs no more than any other.

use std::io::{Read, Write as _};

use actix_web::http::header::{self, HeaderMap};
use flate2::{
    Compression,
    bufread::{GzDecoder, ZlibDecoder},
    write::GzEncoder,
};

use crate::{
    http::request::header_list::{self, Weighted},
    schema::COMPRESSED_FORMS,
};

/// The codings that bodies of requests may have, as a value of `Accept-Encoding`.
pub const REQUEST_CODINGS: &str = "gzip, deflate, br, zstd";

/// The codings of responses, the preferred one last.
///
/// A response of 33 KB becomes 8.4 KB in 0.73 ms with gzip, 8.5 KB in 0.45 ms with brotli and 8.6 KB in 0.11 ms with
/// zstd. Higher levels take twice as long and save another 5 %. Zstandard is the least preferred although it is the
/// fastest, because HTTP clients on Node.js before 22.15 accept it but cannot decompress it.
pub const RESPONSE_CODINGS: [Coding; COMPRESSED_FORMS] = [Coding::Zstd, Coding::Gzip, Coding::Brotli];
const GZIP_LEVEL: u32 = 3;
const BROTLI_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 3;
/// Window of the brotli compressor, as a power of two: four mebibytes, longer than most responses.
const BROTLI_WINDOW: u32 = 22;
/// Largest accepted window of a zstd body, as a power of two: the maximum in HTTP, which decoders must support (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
const BUFFER: usize = 8 * 1024;
/// The names of codings in headers; `None` means uncompressed.
const NAMES: [(&str, Option<Coding>); 7] = [
    ("", None),
    ("identity", None),
    ("gzip", Some(Coding::Gzip)),
    ("x-gzip", Some(Coding::Gzip)),
    ("deflate", Some(Coding::Deflate)),
    ("br", Some(Coding::Brotli)),
    ("zstd", Some(Coding::Zstd)),
];

/// A compression format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// DEFLATE with the header and checksum of gzip.
    Gzip,
    /// DEFLATE with the header and checksum of zlib. The service decompresses it, but does not compress with it.
    Deflate,
    Brotli,
    Zstd,
}

/// Why a body cannot be decompressed.
#[derive(Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The decompressed body is longer than the limit.
    TooLong,
    /// The bytes are not one complete body in this coding.
    Malformed {
        /// Bytes that were decompressed before the error.
        decompressed: usize,
    },
}

impl DecodeError {
    /// Returns how many bytes were decompressed, for a body with this limit.
    pub fn decompressed(&self, limit: usize) -> usize {
        match self {
            Self::TooLong => limit,
            Self::Malformed { decompressed } => *decompressed,
        }
    }
}

/// The error that `Content-Encoding` names a coding that is not supported.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownCoding;

impl Coding {
    /// Parses `Content-Encoding`; `None` means uncompressed.
    ///
    /// # Errors
    /// Returns an error if the coding is not supported, or if there are several.
    pub fn parse(header: &str) -> Result<Option<Self>, UnknownCoding> {
        let is_named = |(name, _): &&(&str, _)| header.trim().eq_ignore_ascii_case(name);
        NAMES.iter().find(is_named).map(|(_, coding)| *coding).ok_or(UnknownCoding)
    }

    /// Chooses the offered coding with the greatest weight in `Accept-Encoding`. If several have it, the last offered one is
    /// chosen.
    ///
    /// Returns `None` if the client prefers an uncompressed body. A client that accepts neither an offered coding nor an
    /// uncompressed body gets an uncompressed body, as HTTP allows
    /// (<https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3>).
    pub fn choose(headers: &HeaderMap, offered: &[Self]) -> Option<Self> {
        let members: Vec<Weighted> =
            header_list::members(headers, header::ACCEPT_ENCODING).filter_map(Weighted::read).collect();
        let weight = |matches: &dyn Fn(&str) -> bool| members.iter().find(|one| matches(one.value)).map(|one| one.weight);
        let any = weight(&|name| name == "*").unwrap_or(0);
        let uncompressed = weight(&|name| Self::parse(name) == Ok(None)).unwrap_or(0);
        let weight_of = |coding: Self| weight(&|name| Self::parse(name) == Ok(Some(coding))).unwrap_or(any);
        let best = offered.iter().copied().max_by_key(|coding| weight_of(*coding))?;
        (weight_of(best) > 0 && weight_of(best) >= uncompressed).then_some(best)
    }

    /// Returns the index in [`RESPONSE_CODINGS`], for [`Response::compressed`](crate::schema::Response::compressed).
    pub fn index(self) -> usize {
        RESPONSE_CODINGS.iter().position(|coding| *coding == self).unwrap_or(COMPRESSED_FORMS)
    }

    /// Returns the name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Decompresses a body to at most `limit` bytes.
    ///
    /// # Errors
    /// Returns an error if the decompressed body is longer, or if the bytes are malformed.
    pub fn decompress(self, compressed: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
        const UNDECODED: DecodeError = DecodeError::Malformed { decompressed: 0 };
        match self {
            // Gzip allows several members and zstd several frames. Only one is accepted, because thousands of empty ones
            // would only cause work.
            Self::Gzip => {
                let mut reader = GzDecoder::new(compressed);
                let body = bounded(&mut reader, limit)?;
                whole(body, reader.into_inner())
            }
            Self::Deflate => {
                let mut reader = ZlibDecoder::new(compressed);
                let body = bounded(&mut reader, limit)?;
                whole(body, reader.into_inner())
            }
            Self::Brotli => {
                let mut reader = brotli::Decompressor::new(compressed, BUFFER);
                let body = bounded(&mut reader, limit)?;
                // After the end, another read fails if bytes are left in the buffer of the reader.
                if matches!(reader.read(&mut [0]), Ok(0)) {
                    whole(body, reader.into_inner())
                } else {
                    Err(DecodeError::Malformed { decompressed: body.len() })
                }
            }
            Self::Zstd => {
                let mut reader = zstd::Decoder::with_buffer(compressed).map_err(|_| UNDECODED)?.single_frame();
                reader.window_log_max(ZSTD_WINDOW).map_err(|_| UNDECODED)?;
                let body = bounded(&mut reader, limit)?;
                whole(body, reader.finish())
            }
        }
    }

    /// Compresses a body; `None` if that fails, or if the result is not shorter.
    pub fn compress(self, body: &[u8]) -> Option<Vec<u8>> {
        let mut compressed = Vec::with_capacity(body.len() / 4);
        match self {
            Self::Gzip | Self::Deflate => {
                let mut writer = GzEncoder::new(compressed, Compression::new(GZIP_LEVEL));
                writer.write_all(body).ok()?;
                compressed = writer.finish().ok()?;
            }
            Self::Brotli => {
                brotli::CompressorReader::new(body, BUFFER, BROTLI_LEVEL, BROTLI_WINDOW)
                    .read_to_end(&mut compressed)
                    .ok()?;
            }
            Self::Zstd => compressed = zstd::bulk::compress(body, ZSTD_LEVEL).ok()?,
        }
        compressed.shrink_to_fit();
        (compressed.len() < body.len()).then_some(compressed)
    }
}

/// Returns the body if no bytes follow it.
fn whole(body: Vec<u8>, rest: &[u8]) -> Result<Vec<u8>, DecodeError> {
    if rest.is_empty() { Ok(body) } else { Err(DecodeError::Malformed { decompressed: body.len() }) }
}

/// Reads at most `limit` bytes.
fn bounded(mut reader: impl Read, limit: usize) -> Result<Vec<u8>, DecodeError> {
    /// Length of most bodies, in bytes. The buffer of a longer body grows to the limit in one step, because the allocator
    /// retains memory of each size that a buffer has had.
    const USUAL: usize = 16 * 1024;
    let mut body = Vec::with_capacity(USUAL.min(limit));
    // The additional byte distinguishes a body that is too long from one that has exactly the limit.
    for capacity in [USUAL.min(limit), limit + 1] {
        body.reserve_exact(capacity.saturating_sub(body.len()));
        let rest = (capacity - body.len()) as u64;
        if reader.by_ref().take(rest).read_to_end(&mut body).is_err() {
            return Err(DecodeError::Malformed { decompressed: body.len() });
        }
        if body.len() < capacity {
            return Ok(body);
        }
    }
    Err(DecodeError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::{Coding, DecodeError, RESPONSE_CODINGS, UnknownCoding};

    #[test]
    fn a_compressed_body_is_decompressed_up_to_the_limit() {
        let body = b"{\"query\": \"{ __typename }\"} ".repeat(1000);
        for coding in RESPONSE_CODINGS {
            let compressed = coding.compress(&body).expect("smaller");
            assert_eq!(coding.decompress(&compressed, body.len()), Ok(body.clone()), "{coding:?}");
            assert_eq!(coding.decompress(&compressed, body.len() - 1), Err(DecodeError::TooLong), "{coding:?}");
            let half = coding.decompress(&compressed[..compressed.len() / 2], body.len());
            assert!(matches!(half, Err(DecodeError::Malformed { .. })), "{coding:?}");
        }
    }

    #[test]
    fn a_compression_bomb_is_read_only_up_to_the_limit() {
        let bomb = vec![b' '; 256 << 20];
        for coding in RESPONSE_CODINGS {
            let compressed = coding.compress(&bomb).expect("smaller");
            let started = std::time::Instant::now();
            assert_eq!(coding.decompress(&compressed, 1 << 20), Err(DecodeError::TooLong), "{coding:?}");
            assert!(started.elapsed().as_secs() < 2, "{coding:?} took {:?}", started.elapsed());
        }
    }

    #[test]
    fn bytes_in_another_format_are_malformed() {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            let decompressed = coding.decompress(b"{\"query\": \"{ __typename }\"}", 1 << 20);
            assert_eq!(decompressed, Err(DecodeError::Malformed { decompressed: 0 }), "{coding:?}");
        }
    }

    #[test]
    fn content_encoding_names_one_coding_or_none() {
        assert_eq!(Coding::parse("GZip"), Ok(Some(Coding::Gzip)));
        assert_eq!(Coding::parse("identity"), Ok(None));
        assert_eq!(Coding::parse("gzip, br"), Err(UnknownCoding));
        assert_eq!(Coding::parse("compress"), Err(UnknownCoding));
    }
}
