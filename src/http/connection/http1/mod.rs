//! HTTP/1.1, which Actix reads and writes. The requests are recorded in the activity of their connection.
//!
//! [`MessageParts`] finds the heads in the bytes that arrive. Names that are too long are refused ([`Line`]), and offers to
//! upgrade are removed ([`upgrade_offers`]), before Actix reads the bytes. [`Pipeline`] counts the bytes of requests that
//! wait.

mod chunk_framing;
mod long_name;
mod message_parts;
mod pipeline;
mod received_body;
pub(super) mod unreadable;
pub(super) mod upgrade_offers;

use std::{
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::{
    HttpService, KeepAlive, Request, Response,
    error::{DispatchError, ParseError},
};
use actix_service::{Service, ServiceFactory as _, fn_service};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::StatusCode,
    web::Bytes,
};
use pin_project_lite::pin_project;

use super::{
    server::Connections,
    stream::TimedStream,
    timing::{Activity, RunningRequest},
};
pub use long_name::Line;
pub use message_parts::{MessagePart, MessageParts};
pub use pipeline::Pipeline;

/// Creates the service for connections that use HTTP/1.1.
///
/// # Errors
/// Returns an error if Actix cannot create the service.
pub async fn service<S, B>(
    shared: &Connections,
    app: Rc<S>,
) -> Result<impl Service<(TimedStream, Option<SocketAddr>), Response = (), Error = DispatchError> + use<S, B>, ()>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let recorded = fn_service(move |mut request: Request| {
        let app = Rc::clone(&app);
        async move {
            let activity = request.conn_data::<Rc<Activity>>().map(Rc::clone);
            let mut running = None;
            if let Some(activity) = activity {
                // Actix buffers a response without a body even if earlier responses wait for the client.
                activity.until_written().await;
                let is_pipelined = activity.is_pipelined();
                running = Some(Rc::clone(&activity).begin());
                received_body::record(&mut request, &activity);
                // Pipelined requests take turns with the requests of other connections. Otherwise a connection would occupy
                // the thread until all its pipelined requests have responses.
                if is_pipelined {
                    activity.turn.until_next().await;
                }
            }
            let response: Response<B> = app.call(request).await.map_err(Response::<BoxBody>::from)?.into();
            if let Some(running) = running.as_ref().filter(|_| response.status() == StatusCode::SWITCHING_PROTOCOLS) {
                running.record_upgrade();
            }
            if let Some(running) = running.as_ref().filter(|_| !response.head().keep_alive()) {
                running.record_closing();
            }
            Ok::<_, Response<BoxBody>>(response.map_body(|_, body| RecordedBody { body, _running: running }))
        }
    });
    let stopping = shared.stopping.clone();
    HttpService::build()
        // `Watched` enforces the timeouts for heads and idle connections.
        .keep_alive(KeepAlive::Os)
        .client_request_timeout(std::time::Duration::ZERO)
        .client_disconnect_timeout(shared.limits.close_timeout)
        // If a client closes its side of the connection, the request is cancelled.
        .h1_allow_half_closed(false)
        .graceful_shutdown_signal(move || stopping.clone().cancelled_owned())
        .on_connect_ext(|stream: &TimedStream, data| _ = data.insert(stream.activity()))
        .h1(recorded)
        .new_service(())
        .await
}

/// Returns the status of the response to a head that could not be read; `None` if the connection failed for another reason.
pub fn unreadable_head_status(failure: &DispatchError) -> Option<StatusCode> {
    match failure {
        DispatchError::Parse(ParseError::TooLarge) => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        DispatchError::Parse(ParseError::Io(_)) => None,
        DispatchError::Parse(_) => Some(StatusCode::BAD_REQUEST),
        _ => None,
    }
}

pin_project! {
    /// The body of a response. The request ends when the body is dropped.
    struct RecordedBody<B> {
        #[pin]
        body: B,
        _running: Option<RunningRequest>,
    }
}

impl<B: MessageBody> MessageBody for RecordedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(context)
    }
}
