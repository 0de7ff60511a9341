//! One socket, from the handshake to the goodbye.

use std::sync::Arc;

use tokio::{
    pin, select,
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    SocketConfig,
    decoder::Frame,
    frames::Frames,
    full,
    goodbye::{End, Goodbye},
    host::Host,
    message,
    operations::{Event, Operations},
    outgoing::Outgoing,
    protocol::{Action, Protocol},
};
use crate::{
    access::Client,
    http::{
        permits::{Permit, Permits},
        visitor::Visitor,
    },
    schema::Answer,
};

/// Both halves of a socket, and what it runs.
pub struct Session {
    pub frames: Frames,
    pub outgoing: Outgoing,
    pub visitor: Visitor,
    pub host: Arc<dyn Host>,
    pub config: SocketConfig,
    pub protocol: Protocol,
    pub operations: Operations,
    /// Until the client is let in.
    pub waiting: Option<Permit<Client>>,
    /// Once the client is let in.
    pub permit: Option<Permit<Client>>,
    pub permits: Permits<Client>,
    pub shutdown: CancellationToken,
}

impl Session {
    /// Serves the socket until either side ends it.
    pub async fn run(mut self) {
        let end = self.talk().await;
        // The operations go first: nothing is read for an answer that nobody gets.
        drop((self.operations, self.permit, self.waiting));
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
        let mut pulse = interval_at(Instant::now() + interval, interval);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Whether a ping was sent and nothing heard since.
        let mut was_asked = false;
        loop {
            let done = select! {
                frame = self.frames.next() => {
                    was_asked = false;
                    match frame {
                        Ok(frame) => self.hear(frame).await,
                        Err(end) => Err(end),
                    }
                }
                (id, event) = self.operations.next() => self.tell(&id, event).await,
                () = &mut init_deadline, if self.protocol.is_waiting() => Err(Goodbye::INIT_TIMEOUT.into()),
                _ = pulse.tick() => {
                    if was_asked { Err(End::Gone) } else { was_asked = true; self.outgoing.ping().await }
                }
                () = self.shutdown.cancelled() => Err(Goodbye::GOING_AWAY.into()),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn hear(&mut self, frame: Frame) -> Result<(), End> {
        match frame {
            Frame::Text(text) => {
                let action = self.protocol.receive(&text);
                self.act(action, text.len()).await
            }
            Frame::Ping(payload) => self.outgoing.pong(payload).await,
            // A close frame ends the receiving half.
            Frame::Pong | Frame::Close(_) => Ok(()),
        }
    }

    /// Does what a message of so many bytes leads to.
    async fn act(&mut self, action: Action, bytes: usize) -> Result<(), End> {
        match action {
            Action::Nothing => {}
            Action::Send(text) => self.outgoing.text([text.into()]).await?,
            Action::Close(goodbye) => return Err(goodbye.into()),
            Action::Stop { id } => self.operations.stop(&id),
            Action::Admit { authorization } => {
                self.visitor.authorization = authorization.or(self.visitor.authorization.take());
                let guest = self.host.admit(&self.visitor).await.ok_or(Goodbye::FORBIDDEN)?;
                let Ok(permit) = self.permits.take(guest.account.client().clone()) else {
                    self.host.turned_away(&full());
                    return Err(Goodbye::TRY_AGAIN.into());
                };
                (self.permit, self.waiting) = (Some(permit), None);
                let ack = self.protocol.acknowledge();
                self.outgoing.text([ack.into()]).await?;
            }
            Action::Start { id, request } => {
                // Keys are revoked and tokens expire while a socket is open.
                let guest = self.host.admit(&self.visitor).await.ok_or(Goodbye::FORBIDDEN)?;
                match self.host.begin(&guest, bytes, *request).await {
                    Ok(results) => self.operations.start(id, results),
                    Err(refusal) => self.tell(&id, Event::Refused(refusal)).await?,
                }
            }
        }
        Ok(())
    }

    async fn tell(&mut self, id: &str, event: Event) -> Result<(), End> {
        let text = match event {
            Event::Next(Answer { response, held, .. }) => {
                let sent = self.outgoing.text(message::next(id, response.body.as_bytes().clone())).await;
                // What is held for the client is given back once the connection has it.
                drop(held);
                return sent;
            }
            // The client would not be let in any more.
            Event::Refused(refusal) if refusal.is_final() => return Err(Goodbye::FORBIDDEN.into()),
            Event::Refused(refusal) => {
                self.end(id);
                message::error(id, &refusal.errors)
            }
            Event::Complete => {
                self.end(id);
                message::complete(id)
            }
        };
        self.outgoing.text([text.into()]).await
    }

    /// Frees an id. That comes before the client is told, who may use it again at once.
    fn end(&mut self, id: &str) {
        self.operations.stop(id);
        self.protocol.finish(id);
    }
}
