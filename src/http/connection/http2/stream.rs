//! One HTTP/2 stream: a request and its response.

use std::{future::poll_fn, net::SocketAddr, pin::pin, rc::Rc, sync::Arc};

use actix_http::{Request, Response};
use actix_service::Service;
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::Method,
    web::Bytes,
};
use h2::{Reason, RecvStream, SendStream, server::SendResponse};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    super::{end_reason::EndReason, timing::Pace},
    Activity, Connections, MAX_FIELDS,
    body::ReceivedBody,
    request::request,
    response::head,
};
use crate::{
    access::{Account, Client, Reservation},
    http::{client::client_of, response::slices::reserved},
};

/// Longest frame of a response, in bytes: the length that every client accepts (RFC 9113, 4.2).
const FRAME: usize = 16 * 1024;

/// Bytes that each stream reserves: [`STREAMING_MEMORY`] for itself, and 16 KiB for the unread bytes of the body of its
/// request and for its response. Unread bytes, or a response, of 16 KiB or more have a reservation of their own.
const MEMORY: u64 = 20 * 1024;

/// Bytes that a stream reserves while it sends a response whose length is unknown, such as an event stream: the memory of
/// the stream itself. The pieces of such a response have reservations of their own.
const STREAMING_MEMORY: u64 = 4 * 1024;

/// The state that the streams of one connection share.
pub struct Stream<S> {
    /// The application, which responds to requests.
    pub app: Rc<S>,
    /// The address of the network connection.
    pub address: SocketAddr,
    pub activity: Rc<Activity>,
    /// How connections are served.
    pub shared: Rc<Connections>,
    /// The permit for one stream without reserved memory.
    pub unreserved: Arc<Semaphore>,
    /// The permits for streams that wait for their refusal.
    pub refusals: Rc<Semaphore>,
}

/// The memory of a stream, until its response is written.
enum StreamMemory {
    /// It is reserved for the client.
    Reserved(Reservation),
    /// The client has no memory left. One such stream of a connection is served nevertheless, as on HTTP/1.1, where a
    /// connection has one response at a time. So health checks succeed.
    Unreserved { _permit: OwnedSemaphorePermit },
}

impl StreamMemory {
    /// Releases a part of the memory: this number of bytes remains.
    fn shrink(&mut self, bytes: u64) {
        if let Self::Reserved(reservation) = self {
            let _ = reservation.resize(bytes);
        }
    }
}

/// The error that the stream or the connection has ended.
struct Ended;

impl<S> Clone for Stream<S> {
    fn clone(&self) -> Self {
        Self {
            app: Rc::clone(&self.app),
            address: self.address,
            activity: Rc::clone(&self.activity),
            shared: Rc::clone(&self.shared),
            unreserved: Arc::clone(&self.unreserved),
            refusals: Rc::clone(&self.refusals),
        }
    }
}

impl<S, B> Stream<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    /// Serves a request. A head with too many fields is refused. The stream is reset if the client still sends more than the
    /// longest body after the application has dropped the body.
    pub async fn serve(self, from: http::Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        if fields(from.headers()) > MAX_FIELDS {
            // `h2` sends the same response if a head has too many bytes.
            let mut refusal = http::Response::new(());
            *refusal.status_mut() = http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            let _ = respond.send_response(refusal, true);
            return;
        }
        let Some((mut request, body)) = request(from, self.address) else {
            return respond.send_reset(Reason::PROTOCOL_ERROR);
        };
        let account = self.account(&request);
        let body = ReceivedBody::new(body, Rc::clone(&self.activity), account.clone());
        *request.payload() = body.payload();
        tokio::select! {
            biased;
            () = self.run(request, &body, respond, &account) => {}
            () = poll_fn(|context| body.poll_rest(context)) => self.shared.metrics.stream_reset(EndReason::Flood),
        }
    }

    /// Passes the request to the application and sends the response. The request is dropped if the client cancels it. If the
    /// client has no memory left for the stream or for the body of its request, the stream is refused.
    async fn run(&self, request: Request, body: &ReceivedBody, mut respond: SendResponse<Bytes>, account: &Account) {
        let is_head = request.method() == Method::HEAD;
        let Some(memory) = self.reserve(account) else {
            drop(request);
            account.settle(1);
            return self.refuse(respond, account).await;
        };
        let running = Rc::clone(&self.activity).begin();
        let response = self.app.call(request);
        let response = tokio::select! {
            biased;
            _ = poll_fn(|context| body.poll_receive(context)) => None,
            response = response => Some(response),
            _ = poll_fn(|context| respond.poll_reset(context)) => return,
        };
        let Some(response) = response else {
            drop((memory, running));
            return self.refuse(respond, account).await;
        };
        let _ = match response {
            Ok(response) => self.respond(response.into(), respond, is_head, memory).await,
            Err(failure) => self.respond(Response::<BoxBody>::from(failure), respond, is_head, memory).await,
        };
    }

    /// Returns the account of the address that the proxy reports, or else of the network of the connection.
    fn account(&self, request: &Request) -> Account {
        let (headers, header) = (&request.head().headers, self.shared.client_header.as_ref());
        self.shared.accounts.of(Client::at(client_of(headers, self.address.ip(), header)))
    }

    /// Reserves memory for the stream; `None` if the client has no memory left, and the permit is in use.
    fn reserve(&self, account: &Account) -> Option<StreamMemory> {
        if let Ok(reservation) = account.reserve(MEMORY) {
            return Some(StreamMemory::Reserved(reservation));
        }
        let permit = Arc::clone(&self.unreserved).try_acquire_owned().ok()?;
        Some(StreamMemory::Unreserved { _permit: permit })
    }

    /// Refuses a stream, with a delay if the client has had many refusals and the service does not stop. The client may send
    /// the request again, because the application has not read the whole request. If too many streams wait for their
    /// refusal, the connection ends.
    async fn refuse(&self, mut respond: SendResponse<Bytes>, account: &Account) {
        let Ok(_permit) = self.refusals.try_acquire() else { return self.activity.end(EndReason::Memory) };
        tokio::select! {
            biased;
            _ = poll_fn(|context| respond.poll_reset(context)) => return,
            () = account.wait_before_refusal() => {}
            () = self.shared.stopping.cancelled() => {}
        }
        respond.send_reset(Reason::REFUSED_STREAM);
        self.shared.metrics.stream_reset(EndReason::Memory);
    }

    async fn respond<C: MessageBody>(
        &self,
        response: Response<C>,
        mut respond: SendResponse<Bytes>,
        is_head: bool,
        mut memory: StreamMemory,
    ) -> Result<(), Ended> {
        let size = response.body().size();
        let Some(head) = head(response.head(), size) else {
            respond.send_reset(Reason::HTTP_1_1_REQUIRED);
            return Err(Ended);
        };
        let is_empty = is_head || size.is_eof();
        // The head in the form of Actix needs several KiB, so it is dropped before the body waits for the client.
        let body = response.into_body();
        let mut stream = respond.send_response(head, false).map_err(|_| Ended)?;
        if is_empty {
            return end(&mut stream, memory);
        }
        if size == BodySize::Stream {
            memory.shrink(STREAMING_MEMORY);
        }
        let mut pace = self.shared.limits.pace();
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
                None => return end(&mut stream, memory),
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

/// Returns the number of fields of a head. The parts of a cookie count as one field: a browser can send each in a field of
/// its own (RFC 9113, 8.2.3).
fn fields(headers: &http::HeaderMap) -> usize {
    let cookies = headers.get_all(http::header::COOKIE).iter().count();
    headers.len() - cookies.saturating_sub(1)
}

/// Ends a response with an empty piece. `h2` drops the piece, and so releases the memory, when everything before it is
/// written.
fn end(stream: &mut SendStream<Bytes>, memory: StreamMemory) -> Result<(), Ended> {
    stream.send_data(reserved(Bytes::new(), memory), true).map_err(|_| Ended)
}
