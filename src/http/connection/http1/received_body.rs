//! The body of a request. It records in the activity of the connection what the application has read, because bytes that have
//! arrived and are not read need memory.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_http::{BoxedPayloadStream, Payload, Request};
use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;

use super::Activity;

struct ReceivedBody {
    body: Payload,
    activity: Rc<Activity>,
}

/// Records how much of its body the application reads, if the request has one.
pub fn record(request: &mut Request, activity: &Rc<Activity>) {
    let body = request.take_payload();
    if matches!(body, Payload::None) {
        return;
    }
    activity.begin_body();
    let payload: BoxedPayloadStream = Box::pin(ReceivedBody { body, activity: Rc::clone(activity) });
    *request.payload() = Payload::Stream { payload };
}

impl Stream for ReceivedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(context));
        match &piece {
            Some(Ok(piece)) => self.activity.record_read(piece.len()),
            Some(Err(_)) | None => self.activity.end_body(),
        }
        Poll::Ready(piece)
    }
}

impl Drop for ReceivedBody {
    fn drop(&mut self) {
        self.activity.end_body();
    }
}
