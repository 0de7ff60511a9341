//! The memory of the header table, in which `h2` stores header fields of the client for later heads: the dynamic table of
//! RFC 7541, 2.3.2.
//!
//! An entry of 42 bytes can retain the whole buffer in which it arrived, so the table of a connection could retain
//! megabytes. The service therefore announces a table of zero bytes (`SETTINGS_HEADER_TABLE_SIZE`). A client acknowledges
//! that, and turns the table off at the start of its next head (RFC 9113, 4.3.1). Until then, the bytes that the table
//! may retain are counted. Some proxies never turn the table off, so theirs are always counted. Memory is reserved for the
//! bytes, and from a limit on the client has to open another connection.

/// Bytes from which on the service sends GOAWAY. The first requests, which a client sends before it reads the settings,
/// have less.
const FULL: u64 = 256 * 1024;
/// Bytes that may still arrive after the service has sent GOAWAY, because the client has not read it.
const AFTER_GOAWAY: u64 = 128 * 1024;
/// Maximum bytes of a buffer that an entry retains in addition to its head: `h2` reads other frames into the same buffer,
/// which has up to twice the length of the longest frame.
const BUFFER: u64 = 32 * 1024;

/// The header table of a connection.
#[derive(Clone, Copy, Debug)]
pub enum HeaderTable {
    /// It can have entries.
    On {
        /// The bytes that its entries may retain: the heads, and the rest of the buffers in which they arrived.
        retained: u64,
        /// The bytes of other frames since the latest head.
        others: u64,
        /// The retained bytes from which on the service sends GOAWAY.
        full: u64,
    },
    /// It is empty, and the client can add no entry.
    Off,
}

impl Default for HeaderTable {
    fn default() -> Self {
        Self::On { retained: 0, others: 0, full: FULL }
    }
}

impl HeaderTable {
    /// Records that a head begins.
    pub fn begin_head(&mut self) {
        if let Self::On { retained, others, .. } = self {
            *retained += (*others).min(BUFFER);
            *others = 0;
        }
    }

    /// Records bytes of a head. Its decoded texts are in another buffer, which the table may also retain. A letter takes at
    /// least five bits (RFC 7541, appendix B), so they have at most 8/5 of the bytes of the head.
    pub fn add_head(&mut self, bytes: u64) {
        if let Self::On { retained, .. } = self {
            *retained += bytes + bytes * 8 / 5;
        }
    }

    /// Records bytes of other frames, and of the headers of frames.
    pub fn add_other(&mut self, bytes: u64) {
        if let Self::On { others, .. } = self {
            *others += bytes;
        }
    }

    /// Returns the bytes that the entries may retain.
    pub fn retained(self) -> u64 {
        match self {
            Self::On { retained, .. } => retained,
            Self::Off => 0,
        }
    }

    /// Records that no memory is left for the retained bytes, so the client has to open another connection now.
    pub fn fill(&mut self) {
        if let Self::On { retained, full, .. } = self {
            *full = (*full).min(*retained);
        }
    }

    /// Reports whether the client has to open another connection.
    pub fn is_full(self) -> bool {
        matches!(self, Self::On { retained, full, .. } if retained >= full)
    }

    /// Reports whether the client has sent further heads although it had to open another connection.
    pub fn is_too_long(self) -> bool {
        matches!(self, Self::On { retained, full, .. } if retained > full + AFTER_GOAWAY)
    }
}
