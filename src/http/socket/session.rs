//! The task of one socket, from the handshake to the close frame.

use std::{borrow::Cow, future::pending, sync::Arc};

use tokio::{
    pin, select,
    time::{Instant, MissedTickBehavior, interval_at, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    SocketConfig,
    backend::Backend,
    close_reason::{CloseReason, SocketEnd},
    decoder::Frame,
    incoming::IncomingFrames,
    message::{self, ReadMessage},
    operations::{Event, Operations},
    outgoing::Outgoing,
    protocol::{Action, Protocol},
    too_many_sockets,
    waiting::Waiting,
};
use crate::{
    access::{AccessProblem, Account, Client, Reservation},
    error,
    http::{
        client::UnverifiedClient,
        gate::{Permit, Permits, ReadCharge},
        response::HttpRefusal,
    },
    schema::{OperationResponse, Refusal},
};

/// Both halves of a socket, and its operations.
pub struct Session {
    pub frames: IncomingFrames,
    pub outgoing: Outgoing,
    pub client: UnverifiedClient,
    /// The account that messages are charged to. Before the client is admitted, it is the account to which the handshake was
    /// charged.
    pub account: Account,
    pub backend: Arc<dyn Backend>,
    pub config: SocketConfig,
    pub protocol: Protocol,
    pub operations: Operations,
    /// The permit of a waiting socket, until the client is admitted.
    pub waiting: Option<Waiting>,
    /// The permit of the socket, once the client is admitted.
    pub permit: Option<Permit<Client>>,
    pub permits: Permits<Client>,
    pub shutdown: CancellationToken,
}

impl Session {
    /// Serves the socket until the client or the service ends it.
    pub async fn run(mut self) {
        let end = self.serve().await;
        // The operations end before the close frame is sent, so they read nothing more from the database.
        drop((self.operations, self.permit, self.waiting));
        match end {
            SocketEnd::Disconnected if self.shutdown.is_cancelled() => self.outgoing.close(CloseReason::GOING_AWAY).await,
            SocketEnd::Disconnected => {}
            SocketEnd::Close(reason) => {
                // The reply to a close frame of the client has no reason. Its code comes from the client, so it is not counted.
                if !reason.reason.is_empty() {
                    self.backend.count_close(reason.code);
                }
                tracing::debug!(code = reason.code, reason = &*reason.reason, "socket closed");
                self.outgoing.close(reason).await;
            }
        }
    }

    /// Processes frames and events until the socket has to end. Returns the reason.
    async fn serve(&mut self) -> SocketEnd {
        let init_deadline = sleep(self.config.init_timeout);
        pin!(init_deadline);
        let interval = self.config.ping_interval;
        let mut ping = interval_at(Instant::now() + interval, interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Whether the client has sent nothing since the last ping.
        let mut is_silent = false;
        // Number of pings without a pong.
        let mut awaited_pongs = 0_u64;
        loop {
            let result = select! {
                frame = self.frames.next() => {
                    is_silent = false;
                    match frame {
                        // The client has to send one pong for each ping, so these pongs are free. Other pongs are charged.
                        Ok(Frame::Pong) if awaited_pongs > 0 => {
                            awaited_pongs -= 1;
                            Ok(())
                        }
                        Ok(frame) => self.receive(frame).await,
                        Err(end) => Err(end),
                    }
                }
                (id, event) = self.operations.next() => self.send(&id, event).await,
                () = replaced(self.waiting.as_ref()) => Err(CloseReason::TRY_AGAIN.into()),
                () = &mut init_deadline, if self.protocol.awaits_init() => Err(CloseReason::INIT_TIMEOUT.into()),
                _ = ping.tick() => {
                    if is_silent {
                        Err(SocketEnd::Disconnected)
                    } else {
                        is_silent = true;
                        awaited_pongs += 1;
                        self.outgoing.ping().await
                    }
                }
                () = self.shutdown.cancelled() => Err(CloseReason::GOING_AWAY.into()),
            };
            if let Err(end) = result {
                return end;
            }
        }
    }

    async fn receive(&mut self, frame: Frame) -> Result<(), SocketEnd> {
        match frame {
            Frame::Text(text) => {
                let charge = self.charge(text.len()).await;
                let (message, charge, reservation) = self.read(Arc::new(text), charge).await;
                let action = self.protocol.receive(message, charge);
                self.perform(action, reservation).await
            }
            Frame::Ping(payload) => {
                _ = self.charge(payload.len()).await;
                self.outgoing.pong(payload).await
            }
            // A pong without a ping.
            Frame::Pong => {
                _ = self.charge(0).await;
                Ok(())
            }
            // `IncomingFrames` returns close frames as errors.
            Frame::Close(_) => Ok(()),
        }
    }

    /// Charges a message of `bytes` bytes before it is read. A refusal may be delayed, which slows the client down.
    async fn charge(&self, bytes: usize) -> Result<ReadCharge, HttpRefusal> {
        match ReadCharge::new(&self.account, bytes) {
            Ok(charge) => Ok(charge),
            Err(limited) => {
                self.shutdown.run_until_cancelled(self.account.wait_before_refusal()).await;
                Err(limited.into())
            }
        }
    }

    /// Reads a message, and the request in it if an operation may start. Returns the memory that is reserved for the request.
    /// If there is no memory or no permit, the charge is replaced by the refusal, so that the operation is refused.
    async fn read(
        &self,
        text: Arc<String>,
        charge: Result<ReadCharge, HttpRefusal>,
    ) -> (ReadMessage, Result<ReadCharge, HttpRefusal>, Option<Reservation>) {
        let refusal = match charge {
            Ok(charge) => match self.backend.parse(&self.account, Arc::clone(&text), self.protocol.may_start()).await {
                Ok((message, reservation)) => return (message, Ok(charge), reservation),
                Err(refusal) => refusal,
            },
            Err(refusal) => refusal,
        };
        (message::parse_without_request(&text), Err(refusal), None)
    }

    /// Performs an action. `reservation` is the memory that is reserved for the request of an operation, until its first
    /// result.
    async fn perform(&mut self, action: Action, reservation: Option<Reservation>) -> Result<(), SocketEnd> {
        match action {
            Action::Nothing => {}
            Action::Send(text) => self.outgoing.text([text.into()]).await?,
            Action::Close(reason) => return Err(reason.into()),
            Action::Stop { id } => self.operations.stop(&id),
            Action::Admit { authorization } => {
                self.client.authorization = authorization.or(self.client.authorization.take());
                let client = self.backend.admit(&self.client).await.map_err(|problem| not_admitted(&problem))?;
                let Ok(permit) = self.permits.acquire(client.account.client().clone()) else {
                    self.backend.count_refusal(too_many_sockets().code);
                    return Err(CloseReason::TRY_AGAIN.into());
                };
                self.frames.reserve_for(client.account.clone());
                self.account = client.account;
                (self.permit, self.waiting) = (Some(permit), None);
                let ack = self.protocol.acknowledge();
                self.outgoing.text([ack.into()]).await?;
            }
            Action::Refuse { id, code, message } => self.refuse(&id, code, message).await?,
            // Keys are revoked and tokens expire while a socket is open, so each operation verifies them again.
            Action::Start { id, request, charge } => match self.backend.admit(&self.client).await {
                Ok(client) => match self.backend.begin(&client, charge, *request).await {
                    Ok(results) => self.operations.start(id, results, reservation),
                    Err(refusal) => self.send(&id, Event::Refused(refusal)).await?,
                },
                // The credentials may be valid, so the other operations continue.
                Err(problem) if problem.is_temporary() => self.refuse(&id, problem.code, problem.message).await?,
                Err(_) => return Err(CloseReason::FORBIDDEN.into()),
            },
        }
        Ok(())
    }

    /// Refuses an operation before it begins.
    async fn refuse(&mut self, id: &str, code: &'static str, message: Cow<'static, str>) -> Result<(), SocketEnd> {
        self.backend.count_refusal(code);
        let refusal = Refusal::request(vec![error::of_request(code, message)]);
        self.send(id, Event::Refused(refusal)).await
    }

    /// Sends an event of an operation to the client.
    async fn send(&mut self, id: &str, event: Event) -> Result<(), SocketEnd> {
        let text = match event {
            Event::Next(OperationResponse { response, reservation, .. }) => {
                let sent = self.outgoing.text(message::next(id, response.body.as_bytes().clone())).await;
                // The reserved memory is released once the result is in the buffers of the connection.
                drop(reservation);
                return sent;
            }
            // The client has lost its permission, so the whole socket is closed.
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

    /// Ends an operation and frees its id. This precedes its last message, after which the client may use the id again.
    fn end(&mut self, id: &str) {
        self.operations.stop(id);
        self.protocol.finish(id);
    }
}

/// Returns the reason for closing the socket of a client that is not admitted. If its credentials could not be verified, the
/// client can connect again.
fn not_admitted(problem: &AccessProblem) -> CloseReason {
    if problem.is_temporary() { CloseReason::TRY_AGAIN } else { CloseReason::FORBIDDEN }
}

/// Waits until a newer socket replaces this one. Once the client is admitted, `waiting` is `None`, and this waits forever.
async fn replaced(waiting: Option<&Waiting>) {
    match waiting {
        Some(waiting) => waiting.replaced().await,
        None => pending().await,
    }
}
