//! Reads HTTP/1.1 responses as far as needed to find their ends. Bodies are discarded.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    time::{Duration, timeout},
};

/// Timeout of a response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A response.
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Length, including the head.
    pub bytes: u64,
}

/// Returns the status in the first line of a response; `None` if there is none.
pub fn status(head: &[u8]) -> Option<u16> {
    head.strip_prefix(b"HTTP/1.1 ")?;
    std::str::from_utf8(head.get(9..12)?).ok()?.parse().ok()
}

/// Reads a response to its end.
pub async fn skip(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Response> {
    timeout(TIMEOUT, whole(reader)).await?
}

async fn whole(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Response> {
    let mut piece = vec![0; 16 * 1024];
    let mut head = Vec::new();
    let body_at = loop {
        more(reader, &mut piece, &mut head).await?;
        if let Some(at) = head.windows(4).position(|end| end == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let status = status(&head).ok_or(io::ErrorKind::InvalidData)?;
    let text = String::from_utf8_lossy(&head[..body_at]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<u64>().ok());
    let mut bytes = head.len() as u64;
    if let Some(length) = length {
        while bytes < body_at as u64 + length {
            bytes += read(reader, &mut piece).await? as u64;
        }
    } else if text.contains("transfer-encoding: chunked") {
        // Responses are read one at a time, so nothing follows the last chunk.
        let mut tail = head.split_off(body_at);
        while !tail.ends_with(b"0\r\n\r\n") {
            let cut = tail.len().saturating_sub(8);
            tail.drain(..cut);
            bytes += more(reader, &mut piece, &mut tail).await? as u64;
        }
    }
    Ok(Response { status, bytes })
}

async fn more(reader: &mut (impl AsyncRead + Unpin), piece: &mut [u8], to: &mut Vec<u8>) -> io::Result<usize> {
    let came = read(reader, piece).await?;
    to.extend_from_slice(&piece[..came]);
    Ok(came)
}

async fn read(reader: &mut (impl AsyncRead + Unpin), piece: &mut [u8]) -> io::Result<usize> {
    match reader.read(piece).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        came => Ok(came),
    }
}
