//! One stream: a request, and its response sent as fast as it is taken.

use std::{future::poll_fn, net::SocketAddr, pin::pin, rc::Rc};

use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::ServiceResponse,
    http::Method,
    web::Bytes,
};
use h2::{Reason, RecvStream, SendStream, server::SendResponse};

use super::{super::pace::Pace, Activity, ConnectionLimits, request::request, response::head};
use crate::http::metrics::Metrics;

/// Most bytes of a response that are asked to be sent at once: the frame that every client takes (RFC 9113, 4.2).
const FRAME: usize = 16 * 1024;

/// What streams of one connection share.
pub struct Stream<S> {
    /// What answers requests.
    pub app: Rc<S>,
    /// The address of the client.
    pub address: SocketAddr,
    /// What happens on the connection.
    pub activity: Rc<Activity>,
    /// What a stream may take.
    pub limits: Rc<ConnectionLimits>,
    /// Where streams that are reset are counted.
    pub metrics: Metrics,
}

/// The client gave the stream up, or the connection is gone.
struct Gone;

impl<S> Clone for Stream<S> {
    fn clone(&self) -> Self {
        Self {
            app: Rc::clone(&self.app),
            address: self.address,
            activity: Rc::clone(&self.activity),
            limits: Rc::clone(&self.limits),
            metrics: self.metrics.clone(),
        }
    }
}

impl<S, B> Stream<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    /// Has the request answered. It is dropped when the client gives it up.
    pub async fn serve(self, from: http::Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let _under_way = Rc::clone(&self.activity).begin(!from.body().is_end_stream());
        let is_head = from.method() == Method::HEAD;
        let answered = self.app.call(request(from, self.address, Rc::clone(&self.activity)));
        let answered = tokio::select! {
            biased;
            answered = answered => answered,
            _ = poll_fn(|context| respond.poll_reset(context)) => return,
        };
        let _ = match answered {
            Ok(response) => self.respond(response.into(), respond, is_head).await,
            Err(failure) => self.respond(Response::<BoxBody>::from(failure), respond, is_head).await,
        };
    }

    async fn respond<C: MessageBody>(
        &self,
        response: Response<C>,
        mut respond: SendResponse<Bytes>,
        is_head: bool,
    ) -> Result<(), Gone> {
        let (response, body) = response.into_parts();
        let size = body.size();
        let Some(head) = head(response.head(), size) else {
            respond.send_reset(Reason::HTTP_1_1_REQUIRED);
            return Err(Gone);
        };
        let is_empty = is_head || size.is_eof();
        let mut stream = respond.send_response(head, is_empty).map_err(|_| Gone)?;
        if is_empty {
            return Ok(());
        }
        let mut pace = self.limits.pace();
        let mut body = pin!(body);
        loop {
            let piece = tokio::select! {
                biased;
                piece = poll_fn(|context| body.as_mut().poll_next(context)) => piece,
                _ = poll_fn(|context| stream.poll_reset(context)) => return Err(Gone),
            };
            match piece {
                Some(Ok(piece)) => self.send(&mut stream, piece, &mut pace).await?,
                // What is missing must not look like the end.
                Some(Err(_)) => {
                    stream.send_reset(Reason::INTERNAL_ERROR);
                    return Err(Gone);
                }
                None => return stream.send_data(Bytes::new(), true).map_err(|_| Gone),
            }
        }
    }

    /// Sends a piece of a body as its client opens the window for it, and resets the stream when it does not.
    async fn send(&self, stream: &mut SendStream<Bytes>, mut piece: Bytes, pace: &mut Pace) -> Result<(), Gone> {
        while !piece.is_empty() {
            stream.reserve_capacity(piece.len().min(FRAME));
            match pace.until(poll_fn(|context| stream.poll_capacity(context))).await {
                Ok(Some(Ok(capacity))) => {
                    let bytes = capacity.min(piece.len());
                    pace.advance(bytes);
                    stream.send_data(piece.split_to(bytes), false).map_err(|_| Gone)?;
                }
                Ok(Some(Err(_)) | None) => return Err(Gone),
                Err(lag) => {
                    stream.send_reset(Reason::CANCEL);
                    self.metrics.stream_reset(lag);
                    return Err(Gone);
                }
            }
        }
        // Nothing waits until the body has more to give.
        pace.stop_waiting();
        Ok(())
    }
}
