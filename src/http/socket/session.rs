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
    frames::IncomingFrames,
    too_many_sockets,
    goodbye::{SocketEnd, CloseReason},
    backend::Backend,
    message,
    operations::{Event, Operations},
    outgoing::Outgoing,
    protocol::{Action, Protocol},
};
use crate::{
    access::{Account, Client},
    error,
    http::{
        gate::ReadCharge,
        permits::{Permit, Permits},
        refusal::HttpRefusal,
        visitor::UnverifiedClient,
    },
    schema::{Answer, Refusal},
};

/// Both halves of a socket, and what it runs.
pub struct Session {
    pub frames: IncomingFrames,
    pub outgoing: Outgoing,
    pub visitor: UnverifiedClient,
    /// What messages are charged to: the address of the client, and its own account once it is let in.
    pub account: Account,
    pub backend: Arc<dyn Backend>,
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
            SocketEnd::Gone if self.shutdown.is_cancelled() => self.outgoing.close(CloseReason::GOING_AWAY).await,
            SocketEnd::Gone => {}
            SocketEnd::Close(goodbye) => {
                tracing::debug!(code = goodbye.code, reason = &*goodbye.reason, "socket closed");
                self.outgoing.close(goodbye).await;
            }
        }
    }

    async fn talk(&mut self) -> SocketEnd {
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
                () = &mut init_deadline, if self.protocol.is_waiting() => Err(CloseReason::INIT_TIMEOUT.into()),
                _ = pulse.tick() => {
                    if was_asked { Err(SocketEnd::Gone) } else { was_asked = true; self.outgoing.ping().await }
                }
                () = self.shutdown.cancelled() => Err(CloseReason::GOING_AWAY.into()),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn hear(&mut self, frame: Frame) -> Result<(), SocketEnd> {
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
    async fn pay(&self, bytes: usize) -> Result<ReadCharge, HttpRefusal> {
        match ReadCharge::by(&self.account, bytes) {
            Ok(paid) => Ok(paid),
            Err(limited) => {
                self.shutdown.run_until_cancelled(self.account.wait_before_refusal()).await;
                Err(limited.into())
            }
        }
    }

    /// Does what a message leads to.
    async fn act(&mut self, action: Action) -> Result<(), SocketEnd> {
        match action {
            Action::Nothing => {}
            Action::Send(text) => self.outgoing.text([text.into()]).await?,
            Action::Close(goodbye) => return Err(goodbye.into()),
            Action::Stop { id } => self.operations.stop(&id),
            Action::Admit { authorization } => {
                self.visitor.authorization = authorization.or(self.visitor.authorization.take());
                let guest = self.backend.admit(&self.visitor).await.ok_or(CloseReason::FORBIDDEN)?;
                let Ok(permit) = self.permits.acquire(guest.account.client().clone()) else {
                    self.backend.refused(too_many_sockets().code);
                    return Err(CloseReason::TRY_AGAIN.into());
                };
                self.frames.charge_to(guest.account.clone());
                self.account = guest.account;
                (self.permit, self.waiting) = (Some(permit), None);
                let ack = self.protocol.acknowledge();
                self.outgoing.text([ack.into()]).await?;
            }
            Action::Refuse { id, code, message } => {
                self.backend.refused(code);
                let refusal = Refusal::request(vec![error::of_request(code, message)]);
                self.tell(&id, Event::Refused(refusal)).await?;
            }
            Action::Start { id, request, paid } => {
                // Keys are revoked and tokens expire while a socket is open.
                let guest = self.backend.admit(&self.visitor).await.ok_or(CloseReason::FORBIDDEN)?;
                match self.backend.begin(&guest, paid, *request).await {
                    Ok(results) => self.operations.start(id, results),
                    Err(refusal) => self.tell(&id, Event::Refused(refusal)).await?,
                }
            }
        }
        Ok(())
    }

    async fn tell(&mut self, id: &str, event: Event) -> Result<(), SocketEnd> {
        let text = match event {
            Event::Next(Answer { response, held, .. }) => {
                let sent = self.outgoing.text(message::next(id, response.body.as_bytes().clone())).await;
                // What is held for the client is given back once the connection has it.
                drop(held);
                return sent;
            }
            // The client would not be let in any more.
            Event::Refused(refusal) if refusal.is_final() => return Err(CloseReason::FORBIDDEN.into()),
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
