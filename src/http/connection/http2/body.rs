//! The body of a request.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;
use h2::RecvStream;

use super::{Activity, WINDOW};

/// The body of a request. The client may send as much as the window allows; the window is extended when bytes are read.
pub struct BodyStream {
    stream: RecvStream,
    activity: Rc<Activity>,
}

impl BodyStream {
    pub fn new(stream: RecvStream, activity: Rc<Activity>) -> Self {
        if !stream.is_end_stream() {
            activity.open_window(WINDOW.into());
        }
        Self { stream, activity }
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(piece) = ready!(self.stream.poll_data(context)) else { return Poll::Ready(None) };
        let piece = piece.map_err(PayloadError::Http2Payload);
        if let Ok(piece) = &piece {
            self.activity.open_window(piece.len() as u64);
            let _ = self.stream.flow_control().release_capacity(piece.len());
        }
        Poll::Ready(Some(piece))
    }
}
