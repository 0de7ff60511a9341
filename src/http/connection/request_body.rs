//! The body of a request, as its head declares it.

/// The body of a request, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// It has none.
    None,
    /// It has this number of bytes.
    Sized(u64),
    /// It consists of chunks, or of the frames of HTTP/2.
    Streamed,
}
