//! What is sent through a socket, no faster than it is taken.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};
use actix_ws::{CloseReason, Closed, Session};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use super::goodbye::{End, Goodbye};

/// How much may wait to be taken before nothing is added, in bytes. One message may be longer than that.
const MAX_WAITING: usize = 1024 * 1024;

/// How long a close frame may take to be taken; who takes nothing will not take that either.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The sending half of a socket.
pub struct Outgoing {
    session: Session,
    waiting: Rc<Waiting>,
    send_timeout: Duration,
    shutdown: CancellationToken,
}

/// How many bytes were given to the connection and not taken yet.
#[derive(Default)]
struct Waiting {
    bytes: Cell<usize>,
    taken: Notify,
}

impl Outgoing {
    /// The sending half over a session, and the response of the handshake, which from now on tells what is taken.
    pub fn new(
        session: Session,
        response: HttpResponse,
        send_timeout: Duration,
        shutdown: CancellationToken,
    ) -> (Self, HttpResponse) {
        let waiting = Rc::<Waiting>::default();
        let watched = waiting.clone();
        let response = response.map_body(|_, body| Watched { body, waiting: watched }.boxed());
        (Self { session, waiting, send_timeout, shutdown }, response)
    }

    /// Sends a message.
    pub async fn text(&mut self, text: String) -> Result<(), End> {
        self.send(text.len(), async |session| session.text(text).await).await
    }

    /// Asks whether anybody is there.
    pub async fn ping(&mut self) -> Result<(), End> {
        self.send(0, async |session| session.ping(b"").await).await
    }

    /// Answers the same question.
    pub async fn pong(&mut self, payload: &[u8]) -> Result<(), End> {
        self.send(payload.len(), async |session| session.pong(payload).await).await
    }

    /// Says goodbye.
    pub async fn close(self, goodbye: Goodbye) {
        let reason = CloseReason { code: goodbye.code.into(), description: Some(goodbye.reason.into_owned()) };
        // Nobody is left to be told that this failed.
        _ = timeout(CLOSE_TIMEOUT, self.session.close(Some(reason))).await;
    }

    async fn send(&mut self, size: usize, give: impl AsyncFnOnce(&mut Session) -> Result<(), Closed>) -> Result<(), End> {
        let Self { session, waiting, send_timeout, shutdown } = self;
        let sent = timeout(*send_timeout, async {
            while waiting.bytes.get() > MAX_WAITING {
                waiting.taken.notified().await;
            }
            waiting.bytes.set(waiting.bytes.get() + size);
            give(session).await
        });
        match shutdown.run_until_cancelled(sent).await {
            Some(Ok(Ok(()))) => Ok(()),
            // The client has left, or takes nothing, or the service stops.
            _ => Err(End::Gone),
        }
    }
}

/// A response body that tells what is taken of it. A connection takes all that was sent so far in one piece, and takes nothing
/// while the piece before has not left.
struct Watched {
    body: BoxBody,
    waiting: Rc<Waiting>,
}

impl MessageBody for Watched {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(context));
        self.waiting.bytes.set(0);
        self.waiting.taken.notify_one();
        Poll::Ready(piece)
    }
}
