//! The framing of a chunked body (RFC 9112, 7.1). Each byte is interpreted as Actix does (`h1/chunked.rs` in `actix-http`).

/// What the next byte of a chunked body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkFraming {
    /// The first digit of the size of a chunk.
    SizeFirst,
    /// A further digit, or the byte after the digits.
    SizeRest,
    /// A blank after the digits, or the byte after the blanks.
    SizeBlank,
    /// A byte of an extension, or the carriage return after it.
    Extension,
    /// The line feed after a size.
    SizeLf,
    /// A byte of the body.
    Data,
    /// The carriage return after a chunk.
    DataCr,
    /// The line feed after a chunk.
    DataLf,
    /// The first byte of a trailer, or of the empty line after the last one. Even a line feed can begin a trailer.
    LineFirst,
    /// A byte of a trailer, or the carriage return after it. A line feed alone is a byte of the trailer.
    Trailer,
    /// The line feed after a trailer.
    TrailerLf,
    /// The line feed of the empty line.
    EndLf,
    /// A byte after the body.
    End,
}

impl ChunkFraming {
    /// Returns what follows a byte other than [`Self::Data`]; `None` if Actix refuses the byte. `size` is the size of the
    /// chunk, as far as its digits have arrived.
    pub fn after(self, byte: u8, size: &mut u64) -> Option<Self> {
        Some(match (self, byte) {
            (Self::SizeFirst, _) => {
                *size = digit(byte)?;
                Self::SizeRest
            }
            (Self::SizeRest | Self::SizeBlank, b' ' | b'\t') => Self::SizeBlank,
            (Self::SizeRest | Self::SizeBlank, b';') | (Self::Extension, b'\t' | b' '..=b'~' | 0x80..=0xff) => {
                Self::Extension
            }
            (Self::SizeRest | Self::SizeBlank | Self::Extension, b'\r') => Self::SizeLf,
            (Self::SizeRest, _) => {
                *size = size.checked_mul(16)? + digit(byte)?;
                Self::SizeRest
            }
            (Self::SizeLf, b'\n') => {
                if *size > 0 {
                    Self::Data
                } else {
                    Self::LineFirst
                }
            }
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::SizeFirst,
            (Self::LineFirst, b'\r') => Self::EndLf,
            (Self::Trailer, b'\r') => Self::TrailerLf,
            (Self::LineFirst | Self::Trailer, _) => Self::Trailer,
            (Self::TrailerLf, b'\n') => Self::LineFirst,
            (Self::EndLf, b'\n') => Self::End,
            _ => return None,
        })
    }
}

/// Returns the value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}
