//! HTTP/1.1: Actix reads and writes it, and its requests are noted in the activity of their connection.

use std::{
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::{
    HttpService, KeepAlive, Payload, Request, Response,
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
    activity::{Activity, UnderWay},
    server::Connections,
    stream::TimedStream,
};

/// A service for connections that speak HTTP/1.1.
///
/// # Errors
/// When Actix cannot make it.
pub async fn service<S, B>(
    shared: &Connections,
    app: Rc<S>,
) -> Result<impl Service<(TimedStream, Option<SocketAddr>), Response = (), Error = DispatchError> + use<S, B>, ()>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let noted = fn_service(move |mut request: Request| {
        let has_body = !matches!(request.payload(), Payload::None);
        let under_way = request.conn_data::<Rc<Activity>>().map(|activity| Rc::clone(activity).begin(has_body));
        let response = app.call(request);
        async move {
            let response: Response<B> = response.await.map_err(Response::<BoxBody>::from)?.into();
            if let Some(under_way) = under_way.as_ref().filter(|_| !response.head().keep_alive()) {
                under_way.closes();
            }
            Ok::<_, Response<BoxBody>>(response.map_body(|_, body| Noted { body, _under_way: under_way }))
        }
    });
    let stopping = shared.stopping.clone();
    HttpService::build()
        // The times of heads and of connections that are not used are those of `Watched`.
        .keep_alive(KeepAlive::Os)
        .client_request_timeout(std::time::Duration::ZERO)
        .client_disconnect_timeout(shared.limits.close_timeout)
        // A client that closes the connection does not wait for the response.
        .h1_allow_half_closed(false)
        .graceful_shutdown_signal(move || stopping.clone().cancelled_owned())
        .on_connect_ext(|stream: &TimedStream, data| _ = data.insert(stream.activity()))
        .h1(noted)
        .new_service(())
        .await
}

/// The status of the response to a head that could not be read; `None` when the connection failed in another way.
pub fn status(failure: &DispatchError) -> Option<StatusCode> {
    match failure {
        DispatchError::Parse(ParseError::TooLarge) => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        DispatchError::Parse(ParseError::Io(_)) => None,
        DispatchError::Parse(_) => Some(StatusCode::BAD_REQUEST),
        _ => None,
    }
}

pin_project! {
    /// The body of a response; with it the request ends.
    struct Noted<B> {
        #[pin]
        body: B,
        _under_way: Option<UnderWay>,
    }
}

impl<B: MessageBody> MessageBody for Noted<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(context)
    }
}
