//! One socket, from the handshake to the goodbye.

use std::{io, sync::Arc};

use actix_web::error::PayloadError;
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError};
use tokio::{
    pin, select,
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    SocketConfig,
    goodbye::Goodbye,
    host::{Host, Visitor},
    message,
    operations::{Event, Operations},
    outgoing::{Outgoing, Stuck},
    protocol::{Action, Protocol},
};

/// Both halves of a socket, and what it runs.
pub struct Session {
    pub incoming: AggregatedMessageStream,
    pub outgoing: Outgoing,
    pub visitor: Visitor,
    pub host: Arc<dyn Host>,
    pub config: SocketConfig,
    pub protocol: Protocol,
    pub operations: Operations,
    pub shutdown: CancellationToken,
}

/// Why a socket ends.
enum End {
    /// We say goodbye.
    Close(Goodbye),
    /// There is nobody to say goodbye to.
    Gone,
}

impl From<Stuck> for End {
    fn from(_: Stuck) -> Self {
        Self::Gone
    }
}

impl Session {
    /// Serves the socket until either side ends it.
    pub async fn run(mut self) {
        let end = self.talk().await;
        // The operations go first: nothing is read for an answer that nobody gets.
        drop(self.operations);
        match end {
            End::Gone if self.shutdown.is_cancelled() => self.outgoing.close(Goodbye::GOING_AWAY).await,
            End::Gone => {}
            End::Close(goodbye) => {
                tracing::debug!(code = goodbye.code, reason = &*goodbye.reason, "socket closed");
                self.outgoing.close(goodbye).await;
            }
        }
    }

    async fn talk(&mut self) -> End {
        let init_deadline = sleep(self.config.init_timeout);
        pin!(init_deadline);
        let interval = self.config.ping_interval;
        let mut heard = Instant::now();
        let mut pulse = interval_at(heard + interval, interval);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = select! {
                message = self.incoming.recv() => {
                    heard = Instant::now();
                    self.hear(message).await
                }
                (id, event) = self.operations.next() => self.tell(&id, event).await,
                () = &mut init_deadline, if self.protocol.is_waiting() => Err(End::Close(Goodbye::INIT_TIMEOUT)),
                _ = pulse.tick() => match heard.elapsed() < interval * 2 {
                    true => self.outgoing.ping().await.map_err(End::from),
                    false => Err(End::Gone),
                },
                () = self.shutdown.cancelled() => Err(End::Close(Goodbye::GOING_AWAY)),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<(), End> {
        match message {
            None => Err(End::Gone),
            Some(Err(failure)) => Err(of_failure(&failure)),
            Some(Ok(AggregatedMessage::Text(text))) => {
                let action = self.protocol.receive(&text);
                self.act(action).await
            }
            Some(Ok(AggregatedMessage::Binary(_))) => Err(End::Close(Goodbye::BINARY)),
            Some(Ok(AggregatedMessage::Ping(payload))) => Ok(self.outgoing.pong(&payload).await?),
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(reason))) => {
                Err(End::Close(Goodbye::same(reason.map(|reason| reason.code.into()))))
            }
        }
    }

    async fn act(&mut self, action: Action) -> Result<(), End> {
        match action {
            Action::Nothing => {}
            Action::Send(text) => self.outgoing.text(text).await?,
            Action::Close(goodbye) => return Err(End::Close(goodbye)),
            Action::Stop { id } => self.operations.stop(&id),
            Action::Admit { authorization } => {
                self.visitor.authorization = authorization.or(self.visitor.authorization.take());
                if !self.host.admits(&self.visitor) {
                    return Err(End::Close(Goodbye::FORBIDDEN));
                }
                let ack = self.protocol.acknowledge();
                self.outgoing.text(ack).await?;
            }
            Action::Start { id, request } => match self.host.begin(&self.visitor, *request) {
                Ok(results) => self.operations.start(id, results),
                Err(refusal) => self.tell(&id, Event::Refused(refusal)).await?,
            },
        }
        Ok(())
    }

    async fn tell(&mut self, id: &str, event: Event) -> Result<(), End> {
        let text = match event {
            Event::Next(answer) => message::next(id, &answer.body),
            Event::Refused(refusal) => {
                self.end(id);
                message::error(id, &refusal.errors)
            }
            Event::Complete => {
                self.end(id);
                message::complete(id)
            }
        };
        Ok(self.outgoing.text(text).await?)
    }

    /// Frees an id. That comes before the client is told, who may use it again at once.
    fn end(&mut self, id: &str) {
        self.operations.stop(id);
        self.protocol.finish(id);
    }
}

/// What to say about frames that could not be read.
fn of_failure(failure: &ProtocolError) -> End {
    match failure {
        ProtocolError::Overflow => End::Close(Goodbye::TOO_BIG),
        ProtocolError::Io(failure) if failure.kind() == io::ErrorKind::InvalidData => End::Close(Goodbye::NOT_TEXT),
        ProtocolError::Io(failure) if failure.get_ref().is_some_and(|inner| inner.is::<PayloadError>()) => End::Gone,
        // What is left of this kind is a message in too many pieces.
        ProtocolError::Io(_) => End::Close(Goodbye::TOO_BIG),
        _ => End::Close(Goodbye::BROKEN),
    }
}
