//! Content codings: how bodies are packed on the way.
//!
//! A body of a request is unpacked no further than the service reads, so a small body that holds a huge one costs no more than
//! any other.

use std::io::{Read, Write as _};

use actix_web::http::header::{self, HeaderMap};
use flate2::{Compression, bufread::GzDecoder, read::ZlibDecoder, write::GzEncoder};

use super::negotiate::list::{self, Weighted};
use crate::schema::COMPRESSED_FORMS;

/// What a request may be packed in, as a header names it.
pub const UNPACKED: &str = "gzip, deflate, br, zstd";

/// Codings of responses, the preferred one last. A response of 33 KB becomes 8.4 KB in 0.73 ms with gzip, 8.5 KB in 0.45 ms with
/// brotli and 8.6 KB in 0.11 ms with zstd; higher levels take twice as long for a twentieth less. Zstandard is the last
/// choice all the same: HTTP clients of Node.js accept it on versions before 22.15, which cannot decompress it.
pub const WRITTEN: [Coding; COMPRESSED_FORMS] = [Coding::Zstd, Coding::Gzip, Coding::Brotli];
const GZIP_LEVEL: u32 = 3;
const BROTLI_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 3;
/// Window of the brotli packer, as a power of two: four megabytes, which most answers fit into.
const BROTLI_WINDOW: u32 = 22;
/// Largest window of a zstd body, as a power of two: what RFC 8878 asks every reader to have.
const ZSTD_WINDOW: u32 = 23;
const BUFFER: usize = 8 * 1024;
/// What headers call a coding; `None` stands for a body as it is.
const NAMES: [(&str, Option<Coding>); 7] = [
    ("", None),
    ("identity", None),
    ("gzip", Some(Coding::Gzip)),
    ("x-gzip", Some(Coding::Gzip)),
    ("deflate", Some(Coding::Deflate)),
    ("br", Some(Coding::Brotli)),
    ("zstd", Some(Coding::Zstd)),
];

/// A way to pack a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// DEFLATE with the header and checksum of gzip.
    Gzip,
    /// DEFLATE with those of zlib; only read, never written.
    Deflate,
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
}

/// Why a body is not unpacked.
#[derive(Debug, PartialEq, Eq)]
pub enum Unpacking {
    /// It is longer than it may be.
    TooLong,
    /// It is not what it says.
    Broken,
}

/// A body is packed in a way that is not known.
#[derive(Debug, PartialEq, Eq)]
pub struct UnknownCoding;

impl Coding {
    /// The coding of a request by its `Content-Encoding`; `None` when it is not packed.
    ///
    /// # Errors
    /// When it is packed otherwise, or more than once.
    pub fn named(header: &str) -> Result<Option<Self>, UnknownCoding> {
        let is_it = |(name, _): &&(&str, _)| header.trim().eq_ignore_ascii_case(name);
        NAMES.iter().find(is_it).map(|(_, coding)| *coding).ok_or(UnknownCoding)
    }

    /// The coding that a client wants most among those that are offered, the last of those that it wants alike; `None` when it
    /// wants the body as it is, and also when it refuses that as well, as HTTP allows
    /// (<https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3>).
    pub fn accepted(headers: &HeaderMap, offered: &[Self]) -> Option<Self> {
        let members: Vec<Weighted> = list::members(headers, header::ACCEPT_ENCODING).filter_map(Weighted::read).collect();
        let weight = |is_it: &dyn Fn(&str) -> bool| members.iter().find(|one| is_it(one.value)).map(|one| one.weight);
        let any = weight(&|name| name == "*").unwrap_or(0);
        let plain = weight(&|name| Self::named(name) == Ok(None)).unwrap_or(0);
        let wanted = |coding: Self| weight(&|name| Self::named(name) == Ok(Some(coding))).unwrap_or(any);
        let best = offered.iter().copied().max_by_key(|coding| wanted(*coding))?;
        (wanted(best) > 0 && wanted(best) >= plain).then_some(best)
    }

    /// Its place among those that answers are packed in, for [`Response::packed`](crate::schema::Response::packed).
    pub fn form(self) -> usize {
        WRITTEN.iter().position(|written| *written == self).unwrap_or(COMPRESSED_FORMS)
    }

    /// As headers name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks a body of at most so many bytes.
    ///
    /// # Errors
    /// When it holds more, or is not packed so.
    pub fn unpack(self, packed: &[u8], limit: usize) -> Result<Vec<u8>, Unpacking> {
        match self {
            // One member and one frame: a body of thousands of empty ones is no more than work.
            Self::Gzip => {
                let mut reader = GzDecoder::new(packed);
                let body = bounded(&mut reader, limit)?;
                whole(body, reader.into_inner())
            }
            Self::Deflate => bounded(ZlibDecoder::new(packed), limit),
            Self::Brotli => bounded(brotli::Decompressor::new(packed, BUFFER), limit),
            Self::Zstd => {
                let mut reader = zstd::Decoder::with_buffer(packed).map_err(|_| Unpacking::Broken)?.single_frame();
                reader.window_log_max(ZSTD_WINDOW).map_err(|_| Unpacking::Broken)?;
                let body = bounded(&mut reader, limit)?;
                whole(body, reader.finish())
            }
        }
    }

    /// Packs a body; `None` when that fails, or there is no gain.
    pub fn pack(self, body: &[u8]) -> Option<Vec<u8>> {
        let mut packed = Vec::with_capacity(body.len() / 4);
        match self {
            Self::Gzip | Self::Deflate => {
                let mut writer = GzEncoder::new(packed, Compression::new(GZIP_LEVEL));
                writer.write_all(body).ok()?;
                packed = writer.finish().ok()?;
            }
            Self::Brotli => {
                brotli::CompressorReader::new(body, BUFFER, BROTLI_LEVEL, BROTLI_WINDOW).read_to_end(&mut packed).ok()?;
            }
            Self::Zstd => packed = zstd::bulk::compress(body, ZSTD_LEVEL).ok()?,
        }
        packed.shrink_to_fit();
        (packed.len() < body.len()).then_some(packed)
    }
}

/// The body, when nothing stands after it.
fn whole(body: Vec<u8>, rest: &[u8]) -> Result<Vec<u8>, Unpacking> {
    if rest.is_empty() { Ok(body) } else { Err(Unpacking::Broken) }
}

fn bounded(mut reader: impl Read, limit: usize) -> Result<Vec<u8>, Unpacking> {
    /// Length of most bodies, in bytes. A longer one gets room for the longest at once: the allocator keeps memory for each size that a
    /// buffer grows through.
    const USUAL: usize = 16 * 1024;
    let mut unpacked = Vec::with_capacity(USUAL.min(limit));
    // One byte more tells a body that is too long from one that just fits.
    for most in [USUAL.min(limit), limit + 1] {
        unpacked.reserve_exact(most.saturating_sub(unpacked.len()));
        let rest = (most - unpacked.len()) as u64;
        reader.by_ref().take(rest).read_to_end(&mut unpacked).map_err(|_| Unpacking::Broken)?;
        if unpacked.len() < most {
            return Ok(unpacked);
        }
    }
    Err(Unpacking::TooLong)
}

#[cfg(test)]
mod tests {
    use super::{Coding, UnknownCoding, Unpacking, WRITTEN};

    #[test]
    fn what_is_packed_is_unpacked_as_far_as_the_limit() {
        let body = b"{\"query\": \"{ __typename }\"} ".repeat(1000);
        for coding in WRITTEN {
            let packed = coding.pack(&body).expect("smaller");
            assert_eq!(coding.unpack(&packed, body.len()), Ok(body.clone()), "{coding:?}");
            assert_eq!(coding.unpack(&packed, body.len() - 1), Err(Unpacking::TooLong), "{coding:?}");
            assert_eq!(coding.unpack(&packed[..packed.len() / 2], body.len()), Err(Unpacking::Broken), "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = vec![b' '; 256 << 20];
        for coding in WRITTEN {
            let packed = coding.pack(&bomb).expect("smaller");
            let started = std::time::Instant::now();
            assert_eq!(coding.unpack(&packed, 1 << 20), Err(Unpacking::TooLong), "{coding:?}");
            assert!(started.elapsed().as_secs() < 2, "{coding:?} took {:?}", started.elapsed());
        }
    }

    #[test]
    fn bytes_of_another_kind_are_broken() {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            assert_eq!(coding.unpack(b"{\"query\": \"{ __typename }\"}", 1 << 20), Err(Unpacking::Broken), "{coding:?}");
        }
    }

    #[test]
    fn headers_name_one_coding_or_none() {
        assert_eq!(Coding::named("GZip"), Ok(Some(Coding::Gzip)));
        assert_eq!(Coding::named("identity"), Ok(None));
        assert_eq!(Coding::named("gzip, br"), Err(UnknownCoding));
        assert_eq!(Coding::named("compress"), Err(UnknownCoding));
    }
}
