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
    access::{Account, Client},
    error,
    http::{
        gate::Paid,
        permits::{Permit, Permits},
        refused::Refused,
        visitor::Visitor,
    },
    schema::{Answer, Refusal},
};

/// Both halves of a socket, and what it runs.
pub struct Session {
    pub frames: Frames,
    pub outgoing: Outgoing,
    pub visitor: Visitor,
    /// What messages are charged to: the address of the client, and its own account once it is let in.
    pub account: Account,
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
                    let was_asked = std::mem::take(&mut was_asked);
                    match frame {
                        // It answers.
                        Ok(Frame::Pong) if was_asked => Ok(()),
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
                let paid = self.pay(text.len()).await;
                let action = self.protocol.receive(&text, paid);
                self.act(action).await
            }
            Frame::Ping(payload) => {
                _ = self.pay(payload.len()).await;
                self.outgoing.pong(payload).await
            }
            // Nobody asked for it.
            Frame::Pong => {
                _ = self.pay(0).await;
                Ok(())
            }
            // A close frame ends the receiving half.
            Frame::Close(_) => Ok(()),
        }
    }

    /// Charges a message of so many bytes, before it is read. A client that cannot pay and goes on is slowed down.
    async fn pay(&self, bytes: usize) -> Result<Paid, Refused> {
        match Paid::by(&self.account, bytes) {
            Ok(paid) => Ok(paid),
            Err(limited) => {
                self.shutdown.run_until_cancelled(self.account.wait_before_refusal()).await;
                Err(limited.into())
            }
        }
    }

    /// Does what a message leads to.
    async fn act(&mut self, action: Action) -> Result<(), End> {
        match action {
            Action::Nothing => {}
            Action::Send(text) => self.outgoing.text([text.into()]).await?,
            Action::Close(goodbye) => return Err(goodbye.into()),
            Action::Stop { id } => self.operations.stop(&id),
            Action::Admit { authorization } => {
                self.visitor.authorization = authorization.or(self.visitor.authorization.take());
                let guest = self.host.admit(&self.visitor).await.ok_or(Goodbye::FORBIDDEN)?;
                let Ok(permit) = self.permits.take(guest.account.client().clone()) else {
                    self.host.refused(full().code);
                    return Err(Goodbye::TRY_AGAIN.into());
                };
                self.frames.charge_to(guest.account.clone());
                self.account = guest.account;
                (self.permit, self.waiting) = (Some(permit), None);
                let ack = self.protocol.acknowledge();
                self.outgoing.text([ack.into()]).await?;
            }
            Action::Refuse { id, code, message } => {
                self.host.refused(code);
                let refusal = Refusal::request(vec![error::of_request(code, message)]);
                self.tell(&id, Event::Refused(refusal)).await?;
            }
            Action::Start { id, request, paid } => {
                // Keys are revoked and tokens expire while a socket is open.
                let guest = self.host.admit(&self.visitor).await.ok_or(Goodbye::FORBIDDEN)?;
                match self.host.begin(&guest, paid, *request).await {
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
