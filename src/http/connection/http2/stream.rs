//! One stream: a request, and its response sent as fast as it is taken.

use std::{future::poll_fn, net::SocketAddr, pin::pin, rc::Rc};

use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::Method,
    web::Bytes,
};
use h2::{Reason, RecvStream, SendStream, server::SendResponse};
use tokio::time::timeout_at;

use super::{
    super::{Reset, pace::Pace},
    Activity, ConnectionLimits,
    held::Held,
    request::request,
    response::head,
};
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
    /// What responses hold.
    pub held: Held,
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
            held: self.held.clone(),
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
        let _under_way = Rc::clone(&self.activity).begin();
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
        let sized = if let BodySize::Sized(length) = size { length } else { 0 };
        let mut unsent = self.held.hold(usize::try_from(sized).unwrap_or(usize::MAX));
        let mut body = pin!(body);
        loop {
            let piece = tokio::select! {
                biased;
                piece = poll_fn(|context| body.as_mut().poll_next(context)) => piece,
                _ = poll_fn(|context| stream.poll_reset(context)) => return Err(Gone),
            };
            match piece {
                Some(Ok(piece)) => self.send(&mut stream, piece, |sent| unsent.release(sent)).await?,
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
    async fn send(&self, stream: &mut SendStream<Bytes>, mut piece: Bytes, mut sent: impl FnMut(usize)) -> Result<(), Gone> {
        let mut pace = Pace::begin();
        while !piece.is_empty() {
            stream.reserve_capacity(piece.len().min(FRAME));
            let (due, lag) = pace.due(&self.limits);
            match timeout_at(due, poll_fn(|context| stream.poll_capacity(context))).await {
                Ok(Some(Ok(capacity))) => {
                    let bytes = capacity.min(piece.len());
                    pace.taken(bytes);
                    stream.send_data(piece.split_to(bytes), false).map_err(|_| Gone)?;
                    sent(bytes);
                }
                Ok(Some(Err(_)) | None) => return Err(Gone),
                Err(_) => {
                    stream.send_reset(Reason::CANCEL);
                    self.metrics.stream_reset(Reset::Response(lag));
                    return Err(Gone);
                }
            }
        }
        Ok(())
    }
}
