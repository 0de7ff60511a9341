//! One HTTP/2 stream: a request and its response.

use std::{future::poll_fn, net::SocketAddr, pin::pin, rc::Rc, sync::Arc};

use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{Method, header},
    web::Bytes,
};
use h2::{Reason, RecvStream, SendStream, server::SendResponse};

use super::{
    super::{end_reason::EndReason, pace::Pace},
    Activity, ConnectionLimits, Connections, WINDOW,
    request::request,
    response::head,
};
use crate::{
    access::{Account, Client, Reservation},
    http::{client::client_address, response::slices::reserved},
    strict,
};

/// Longest frame of a response, in bytes: the length that every client accepts (RFC 9113, 4.2).
const FRAME: usize = 16 * 1024;

/// Bytes that each stream reserves: for itself, and for a response that is too short to have a reservation of its own. A
/// connection of HTTP/1.1 has only one such response, and the number of connections is limited.
const MEMORY: u64 = 16 * 1024;

/// The state that the streams of one connection share.
pub struct Stream<S> {
    /// The application, which responds to requests.
    pub app: Rc<S>,
    /// The address of the client.
    pub address: SocketAddr,
    pub activity: Rc<Activity>,
    pub limits: Rc<ConnectionLimits>,
    /// How connections are served.
    pub shared: Rc<Connections>,
}

/// The error that the stream or the connection has ended.
struct Ended;

impl<S> Clone for Stream<S> {
    fn clone(&self) -> Self {
        Self {
            app: Rc::clone(&self.app),
            address: self.address,
            activity: Rc::clone(&self.activity),
            limits: Rc::clone(&self.limits),
            shared: Rc::clone(&self.shared),
        }
    }
}

impl<S, B> Stream<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    /// Passes the request to the application and sends the response. The request is dropped if the client cancels it. If the
    /// client has no memory left for the stream, the stream is refused, and the client may send the request again.
    pub async fn serve(self, from: http::Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let _running = Rc::clone(&self.activity).begin();
        let (is_head, unread) = (from.method() == Method::HEAD, max_unread(&from));
        let request = request(from, self.address, Rc::clone(&self.activity));
        let account = self.account(&request);
        let Ok(mut memory) = account.reserve(unread.max(MEMORY)) else {
            respond.send_reset(Reason::REFUSED_STREAM);
            account.settle(1);
            self.shared.metrics.stream_reset(EndReason::Memory);
            return;
        };
        let response = self.app.call(request);
        let response = tokio::select! {
            biased;
            response = response => response,
            _ = poll_fn(|context| respond.poll_reset(context)) => return,
        };
        // The application has dropped the body of the request.
        let _ = memory.resize(MEMORY);
        let _ = match response {
            Ok(response) => self.respond(response.into(), respond, is_head, memory).await,
            Err(failure) => self.respond(Response::<BoxBody>::from(failure), respond, is_head, memory).await,
        };
    }

    /// Returns the account of the address that the proxy reports, or else of the network of the connection.
    fn account(&self, request: &Request) -> Account {
        let header = self.shared.client_header.as_ref();
        let reported = header.and_then(|header| client_address(&request.head().headers, header));
        self.shared.accounts.of(Client::at(reported.unwrap_or(self.address.ip())))
    }

    async fn respond<C: MessageBody>(
        &self,
        response: Response<C>,
        mut respond: SendResponse<Bytes>,
        is_head: bool,
        memory: Reservation,
    ) -> Result<(), Ended> {
        let (response, body) = response.into_parts();
        let size = body.size();
        let Some(head) = head(response.head(), size) else {
            respond.send_reset(Reason::HTTP_1_1_REQUIRED);
            return Err(Ended);
        };
        let is_empty = is_head || size.is_eof();
        let mut stream = respond.send_response(head, is_empty).map_err(|_| Ended)?;
        if is_empty {
            return Ok(());
        }
        let mut pace = self.limits.pace();
        let mut body = pin!(body);
        loop {
            let piece = tokio::select! {
                biased;
                piece = poll_fn(|context| body.as_mut().poll_next(context)) => piece,
                _ = poll_fn(|context| stream.poll_reset(context)) => return Err(Ended),
            };
            match piece {
                Some(Ok(piece)) => self.send(&mut stream, piece, &mut pace).await?,
                // The client must not take the incomplete body for a complete one.
                Some(Err(_)) => {
                    stream.send_reset(Reason::INTERNAL_ERROR);
                    return Err(Ended);
                }
                // `h2` drops the empty end of the body, and so releases the memory, when everything before it is written.
                None => {
                    let end = reserved(Bytes::new(), vec![Arc::new(memory)]);
                    return stream.send_data(end, true).map_err(|_| Ended);
                }
            }
        }
    }

    /// Sends a piece of a body as fast as the client opens the window. If the client is too slow, the stream is reset.
    async fn send(&self, stream: &mut SendStream<Bytes>, mut piece: Bytes, pace: &mut Pace) -> Result<(), Ended> {
        while !piece.is_empty() {
            stream.reserve_capacity(piece.len().min(FRAME));
            match pace.until(poll_fn(|context| stream.poll_capacity(context))).await {
                Ok(Some(Ok(capacity))) => {
                    let bytes = capacity.min(piece.len());
                    pace.advance(bytes);
                    stream.send_data(piece.split_to(bytes), false).map_err(|_| Ended)?;
                }
                Ok(Some(Err(_)) | None) => return Err(Ended),
                Err(lag) => {
                    stream.send_reset(Reason::CANCEL);
                    self.shared.metrics.stream_reset(EndReason::Response(lag));
                    return Err(Ended);
                }
            }
        }
        // No bytes wait until the body has another piece.
        pace.stop_waiting();
        Ok(())
    }
}

/// Returns the maximum number of bytes of a body that can arrive before the application reads them.
fn max_unread(from: &http::Request<RecvStream>) -> u64 {
    if from.body().is_end_stream() {
        return 0;
    }
    let length = from.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(strict::number).unwrap_or(u64::MAX).min(WINDOW.into())
}
