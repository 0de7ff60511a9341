//! Handwritten frames of WebSocket (RFC 6455) and of HTTP/2 (RFC 9113, RFC 7541).

use serde_json::Value as Json;

/// A valid handshake.
pub const HANDSHAKE: &str = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";

/// The first bytes of an HTTP/2 connection.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Returns a WebSocket frame with this first byte, masked with zeros.
pub fn socket(first: u8, payload: &[u8]) -> Vec<u8> {
    [&socket_head(first, payload.len() as u64), payload].concat()
}

/// Returns the header of a WebSocket frame that declares this number of bytes.
pub fn socket_head(first: u8, length: u64) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let head = match length {
        0..126 => vec![first, 0x80 | bytes[7]],
        126..0x1_0000 => vec![first, 0xfe, bytes[6], bytes[7]],
        _ => [&[first, 0xff], &bytes[..]].concat(),
    };
    [head, vec![0; 4]].concat()
}

/// A text frame with this message.
pub fn message(json: &Json) -> Vec<u8> {
    socket(0x81, json.to_string().as_bytes())
}

/// A handshake and the `connection_init` after it.
pub fn greeting() -> Vec<u8> {
    [HANDSHAKE.as_bytes(), &message(&serde_json::json!({"type": "connection_init"}))].concat()
}

/// A `subscribe` with this id and document.
pub fn subscribe(id: &str, document: &str) -> Vec<u8> {
    message(&serde_json::json!({"type": "subscribe", "id": id, "payload": {"query": document}}))
}

/// Kinds of HTTP/2 frames.
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// The flag of a frame that ends its stream.
pub const END_STREAM: u8 = 1;
/// The flag of SETTINGS that acknowledge those of the other side.
const ACK: u8 = 1;
/// The flag of a frame that ends its header block.
pub const END_HEADERS: u8 = 4;

/// An HTTP/2 frame.
pub fn frame(kind: u8, flags: u8, stream: usize, payload: &[u8]) -> Vec<u8> {
    let [.., high, middle, low] = payload.len().to_be_bytes();
    let stream = u32::try_from(stream).unwrap().to_be_bytes();
    [&[high, middle, low, kind, flags], &stream[..], payload].concat()
}

/// A SETTINGS frame with these identifiers and values.
pub fn settings(values: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<u8> =
        values.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
    frame(kind::SETTINGS, 0, 0, &payload)
}

/// The preface, SETTINGS, and the acknowledgement of the server's SETTINGS, which the server has sent first.
pub fn opening(values: &[(u16, u32)]) -> Vec<u8> {
    [opening_before_acknowledgement(values), frame(kind::SETTINGS, ACK, 0, &[])].concat()
}

/// The preface and SETTINGS.
pub fn opening_before_acknowledgement(values: &[(u16, u32)]) -> Vec<u8> {
    [PREFACE, &settings(values)].concat()
}

/// `SETTINGS_INITIAL_WINDOW_SIZE` of zero, so the server may send on no stream.
pub const SHUT: (u16, u32) = (4, 0);
/// The maximum of `SETTINGS_INITIAL_WINDOW_SIZE`.
pub const WIDE: (u16, u32) = (4, 0x7fff_ffff);

/// Returns a `WINDOW_UPDATE` of this number of bytes.
pub fn window(stream: usize, by: u32) -> Vec<u8> {
    frame(kind::WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

/// An `RST_STREAM` with CANCEL.
pub fn reset(stream: usize) -> Vec<u8> {
    frame(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes())
}

/// An integer of HPACK with a prefix of seven bits, none of its flags set (RFC 7541, 5.1).
fn integer(number: usize) -> Vec<u8> {
    if number < 127 {
        return vec![u8::try_from(number).unwrap()];
    }
    let (mut bytes, mut rest) = (vec![127], number - 127);
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 0x80);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// A string of HPACK without Huffman coding.
pub fn string(text: &[u8]) -> Vec<u8> {
    [&integer(text.len()), text].concat()
}

/// A header field without indexing, with a name of its own (RFC 7541, 6.2.2).
pub fn field(name: &str, value: &str) -> Vec<u8> {
    [vec![0], string(name.as_bytes()), string(value.as_bytes())].concat()
}

/// A header field that is added to the header table (RFC 7541, 6.2.1). The first one has the index 62.
pub fn indexed(name: &str, value: &str) -> Vec<u8> {
    [vec![0x40], string(name.as_bytes()), string(value.as_bytes())].concat()
}

/// The start of a header block that turns the header table off, as the server's SETTINGS demand (RFC 7541, 6.3).
const TABLE_OFF: u8 = 0x20;

/// The header block of a GET.
pub fn get_block(path: &str) -> Vec<u8> {
    [vec![TABLE_OFF], get_fields(path)].concat()
}

/// The header block of a GET that leaves the header table on.
pub fn get_fields(path: &str) -> Vec<u8> {
    // `:method: GET`, `:scheme: http`, then `:path` and `:authority` by the index of their names.
    [vec![0x82, 0x86, 0x04], string(path.as_bytes()), vec![0x01], string(b"localhost")].concat()
}

/// The header block of a POST with JSON.
pub fn post_block() -> Vec<u8> {
    let start = [vec![TABLE_OFF, 0x83, 0x86, 0x04], string(b"/graphql"), vec![0x01], string(b"localhost")].concat();
    [start, field("content-type", "application/json")].concat()
}

/// A whole GET on a stream.
pub fn get(stream: usize, path: &str) -> Vec<u8> {
    frame(kind::HEADERS, END_HEADERS | END_STREAM, stream, &get_block(path))
}

/// A whole POST on a stream. The body must fit into one frame.
pub fn post(stream: usize, body: &[u8]) -> Vec<u8> {
    [frame(kind::HEADERS, END_HEADERS, stream, &post_block()), frame(kind::DATA, END_STREAM, stream, body)].concat()
}

/// The frames of the first streams that a client opens. `each` returns the frames of a stream by its number.
pub fn streams(times: usize, each: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    (0..times).flat_map(|at| each(2 * at + 1)).collect()
}
