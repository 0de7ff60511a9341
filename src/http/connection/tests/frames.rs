//! Writes and reads HTTP/2 frames without a library (RFC 9113, 4.1 and 6).

use super::*;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// Error codes (RFC 9113, 7).
pub const REFUSED_STREAM: u8 = 7;
pub const CANCEL: u8 = 8;
pub const ENHANCE_YOUR_CALM: u8 = 11;

/// The first bytes of a connection.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The number of the setting for the initial window of a stream, in bytes.
pub const WINDOW: u16 = 4;

/// Settings with an initial window of zero, so the service may send no body until the window is opened.
pub const SHUT: &[(u16, u32)] = &[(WINDOW, 0)];

/// A frame.
#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let each = values.iter().flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat());
    frame(SETTINGS, 0, 0, &each.collect::<Vec<u8>>())
}

/// Opens the window of a stream, or that of the connection, which is stream 0.
pub fn open_window(stream: u32, bytes: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
}

/// The start of a header block that turns the header table off (RFC 7541, 6.3).
pub const TABLE_OFF: u8 = 0x20;

/// Returns a request. `method` is an index in the static table of HPACK (RFC 7541, appendix A).
pub fn request(method: u8, path: &str, flags: u8, stream: u32) -> Vec<u8> {
    let path = [&[0x44, u8::try_from(path.len()).unwrap()], path.as_bytes()].concat();
    frame(HEADERS, flags | END_HEADERS, stream, &[&[TABLE_OFF, method, 0x86], &path[..], b"\x41\x01x"].concat())
}

pub fn get(path: &str, stream: u32) -> Vec<u8> {
    request(0x82, path, END_STREAM, stream)
}

impl Client {
    /// Begins HTTP/2 with these settings, and acknowledges those of the service, which has sent them first.
    pub async fn with_http2(mut self, values: &[(u16, u32)]) -> Self {
        self.send([PREFACE, &settings(values), &frame(SETTINGS, ACK, 0, b"")].concat()).await;
        self
    }

    /// Reads the next frame; `None` if the connection ends.
    pub async fn frame(&mut self) -> Option<Frame> {
        let read = async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            self.0.read_exact(&mut payload).await.ok()?;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            Some(Frame { kind: head[3], flags: head[4], stream, payload })
        };
        timeout(SOON, read).await.expect("a frame, or the end")
    }

    /// Reads the next frame of a type on a stream. Other frames are skipped.
    pub async fn frame_of(&mut self, kind: u8, stream: u32) -> Frame {
        while let Some(frame) = self.frame().await {
            if (frame.kind, frame.stream) == (kind, stream) {
                return frame;
            }
        }
        panic!("no frame of kind {kind} on stream {stream}")
    }

    /// Waits until a stream is reset. Returns the error code.
    pub async fn reset_of(&mut self, stream: u32) -> u8 {
        self.frame_of(RST_STREAM, stream).await.payload[3]
    }
}

/// A client that sends bodies within the window of its connection.
pub struct Sender(pub Client, u32);

impl Sender {
    /// Connects to the service.
    pub async fn new(service: &Service) -> Self {
        // RFC 9113, 6.9.2.
        Self(service.connect().await.with_http2(&[]).await, 65_535)
    }

    /// Reads the next frame of a type on a stream, and returns its payload.
    pub async fn frame_of(&mut self, kind: u8, stream: u32) -> Vec<u8> {
        loop {
            let frame = self.0.frame().await.expect("the connection stays");
            if (frame.kind, frame.stream) == (WINDOW_UPDATE, 0) {
                self.1 += u32::from_be_bytes(frame.payload.clone().try_into().unwrap());
            }
            if (frame.kind, frame.stream) == (kind, stream) {
                return frame.payload;
            }
        }
    }

    /// Sends pieces of a body of 10 KB each.
    pub async fn body(&mut self, stream: u32, pieces: usize) {
        const PIECE: u32 = 10_000;
        for _ in 0..pieces {
            while self.1 < PIECE {
                self.frame_of(WINDOW_UPDATE, 0).await;
            }
            self.1 -= PIECE;
            self.0.send(frame(DATA, 0, stream, &[b'x'; PIECE as usize])).await;
        }
    }
}
