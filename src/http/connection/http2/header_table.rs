//! The memory of the dynamic table, in which `h2` stores header fields of the client for later heads (RFC 7541, 2.3.2).
//!
//! An entry of 42 bytes can retain the whole buffer in which it arrived, so the table of a connection could retain
//! megabytes. The service therefore announces a table of zero bytes (`SETTINGS_HEADER_TABLE_SIZE`). A client acknowledges
//! that, and turns the table off at the start of its next head (RFC 9113, 4.3.1). Until then, and if the client never does
//! that, as some proxies, the bytes that the table may retain are counted: memory is reserved for them, and from a limit on
//! the client has to open another connection.

/// Bytes from which on the service sends GOAWAY. The first requests, which a client sends before it reads the settings,
/// have less.
const FULL: u64 = 256 * 1024;
/// Maximum bytes. Bytes may still arrive after the service has sent GOAWAY.
const MAX: u64 = 2 * FULL;
/// Length of a buffer into which `h2` reads frames that are shorter.
const BUFFER: u64 = 8 * 1024;

/// The dynamic table of a connection.
#[derive(Clone, Copy, Debug)]
pub enum HeaderTable {
    /// It can have entries.
    On {
        /// The bytes that its entries may retain: the heads, and the rest of the buffers in which they arrived.
        retained: u64,
        /// The bytes of other frames since the latest head.
        others: u64,
    },
    /// It is empty, and the client can add no entry.
    Off,
}

impl Default for HeaderTable {
    fn default() -> Self {
        Self::On { retained: 0, others: 0 }
    }
}

impl HeaderTable {
    /// Records that a head begins.
    pub fn begin_head(&mut self) {
        if let Self::On { retained, others } = self {
            *retained += (*others).min(BUFFER);
            *others = 0;
        }
    }

    /// Records bytes of a head.
    pub fn add_head(&mut self, bytes: u64) {
        if let Self::On { retained, .. } = self {
            *retained += bytes;
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

    /// Reports whether the client has to open another connection.
    pub fn is_full(self) -> bool {
        self.retained() > FULL
    }

    /// Reports whether the client has sent further heads although it had to open another connection.
    pub fn is_too_long(self) -> bool {
        self.retained() > MAX
    }
}
