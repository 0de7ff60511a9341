//! Compressed bodies that are much longer when decompressed, or take long to decompress.

use std::io::{Read as _, Write as _};

/// Compresses a body with gzip.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(body).unwrap();
    writer.finish().unwrap()
}

/// Returns the bodies, each with a name, its coding, and its bytes, which are less than a mebibyte.
pub fn bombs() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let spaces = vec![b' '; 1 << 20];
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflated.write_all(&spaces.repeat(4)).unwrap();
    let mut brotli = Vec::new();
    brotli::CompressorReader::new(&spaces.repeat(4)[..], 4096, 1, 22).read_to_end(&mut brotli).unwrap();
    let zstd = zstd::bulk::compress(&spaces, 3).unwrap();
    // Empty frames: a magic number and a length of zero.
    let skippable = b"\x50\x2a\x4d\x18\0\0\0\0".repeat(120_000);
    // A window of 2 GiB, which would be allocated before anything is decompressed.
    let window = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00".to_vec();
    vec![
        ("gzip of 256 MiB", "gzip", gzip(&spaces).repeat(256)),
        ("gzip of 40,000 empty members", "gzip", gzip(b"").repeat(40_000)),
        ("gzip of gzip", "gzip", gzip(&gzip(&spaces))),
        ("deflate of 4 MiB", "deflate", deflated.finish().unwrap()),
        ("brotli of 4 MiB", "br", brotli),
        ("zstd of 4 GiB", "zstd", zstd.repeat(4096)),
        ("zstd of 40,000 empty frames", "zstd", zstd::bulk::compress(b"", 3).unwrap().repeat(40_000)),
        ("zstd of 120,000 frames to skip", "zstd", skippable),
        ("zstd with a window of 2 GiB", "zstd", window),
    ]
}
