//! The way of a request: who asks, what is asked, whether it may be run, and the reply.

use std::sync::OnceLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::{Bytes, Data},
};

use super::Reply;
use crate::{
    access::{Account, Client, Reservation},
    http::{
        endpoint::Endpoint,
        events,
        gate::{Admitted, Denied, Guest, Paid, budget_headers},
        negotiate::{Accepted, MediaType},
        origin,
        permits::Permit,
        refused::{CROSS_SITE, NOT_ACCEPTABLE, Refused},
        respond,
        seen::Operation,
        socket,
        visitor::Visitor,
    },
    schema::{GraphqlRequest, OperationKind, Work},
};

/// A call of the endpoint, with whoever makes it.
pub struct Call<'h> {
    http: &'h HttpRequest,
    endpoint: &'h Endpoint,
    accepted: Accepted,
    guest: Guest,
}

impl<'h> Call<'h> {
    /// Determines who asks and what they take, before anything of the body is read.
    pub async fn begin(http: &'h HttpRequest, endpoint: &'h Data<Endpoint>) -> Result<Self, Refused> {
        let (visitor, accepted) = (Visitor::of(http), Accepted::of(http.headers()));
        let turned_away = |refused| endpoint.gate.turned_away(&visitor, refused);
        if !origin::is_allowed(http) {
            let message = "Pages of other origins may not ask this service.";
            return Err(turned_away(Refused::new(StatusCode::FORBIDDEN, CROSS_SITE, message)).await);
        }
        if accepted.whole.is_none() && !accepted.stream {
            let message = "Accept application/graphql-response+json or application/json.";
            return Err(turned_away(not_acceptable(message)).await);
        }
        let guest = endpoint.gate.admit(&visitor).await?;
        Ok(Self { http, endpoint, accepted, guest })
    }

    /// The media type of a whole response.
    pub fn media(&self) -> MediaType {
        self.accepted.whole.unwrap_or(MediaType::Json)
    }

    /// Most requests of one batch.
    pub fn batch_limit(&self) -> usize {
        self.endpoint.config.batch
    }

    /// Responds to one request as it was read: by one response, or by events where the client takes only those or the operation needs them.
    /// What is held for the request is given back when it is prepared.
    pub async fn respond(&self, paid: Paid, request: Result<(GraphqlRequest, Option<Reservation>), Denied>) -> HttpResponse {
        let (gate, permit) = (&self.endpoint.gate, OnceLock::new());
        let takes = self.takes(Some(&permit));
        let admitted = match request {
            Ok((request, _held)) => gate.prepare(&self.guest, paid, request, &takes).await,
            Err(denied) => Err(denied),
        };
        drop(takes);
        let reply = match admitted {
            Ok((ready, _)) if self.accepted.streams(ready.kind()) => {
                let answers = gate.counted(&self.guest, ready);
                return events::respond(Ok(answers), permit.into_inner(), self.endpoint.stopping.clone());
            }
            Ok(admitted) => self.answer(admitted).await,
            Err(Denied::Refusal(refusal)) if self.accepted.whole.is_none() => {
                gate.metrics.refused(refusal.code().unwrap_or_default());
                return events::respond(Err(refusal), None, self.endpoint.stopping.clone());
            }
            Err(denied) => self.denied(denied).await,
        };
        self.send(reply).await
    }

    /// What the requests of the client are charged to.
    pub fn account(&self) -> &Account {
        &self.guest.account
    }

    /// Charges the reading of a request of so many bytes.
    pub fn read(&self, bytes: usize) -> Result<Paid, Denied> {
        self.endpoint.gate.read(&self.guest, bytes)
    }

    /// Charges the rest of a request that turned out to have so many bytes.
    pub fn read_more(&self, paid: Paid, bytes: usize) -> Result<Paid, Denied> {
        self.endpoint.gate.read_more(&self.guest, paid, bytes)
    }

    /// Reads a body: a long one in a turn.
    pub async fn parse<T: Send + 'static>(&self, body: Bytes, parse: fn(&[u8]) -> Result<T, Refused>) -> Result<T, Denied> {
        /// Longest body, in bytes, that is read at once: that takes 50 microseconds.
        const SHORT: usize = 16 * 1024;
        if body.len() <= SHORT {
            return Ok(parse(&body)?);
        }
        Ok(self.endpoint.gate.service.in_pool(Work::Preparing, &self.guest.account, move || parse(&body)).await??)
    }

    /// Decides whether a request of a batch is run, knowing its client, what it is and what it costs at most.
    pub async fn prepare(&self, paid: Paid, request: GraphqlRequest) -> Result<Admitted, Denied> {
        self.endpoint.gate.prepare(&self.guest, paid, request, &self.takes(None)).await
    }

    /// Sends a reply.
    pub async fn send(&self, reply: Reply) -> HttpResponse {
        respond::send(self.http, self.media().content_type(), reply, &self.endpoint.gate.service, &self.guest.account).await
    }

    /// Runs a request that may be run, and answers it as a whole.
    pub async fn answer(&self, (ready, left): Admitted) -> Reply {
        let operation = Operation::of(&ready);
        let mut reply = match self.endpoint.gate.service.answer(ready, &self.guest.account).await {
            Ok(answer) => Reply::answer(answer, operation),
            Err(refusal) => Reply::refusal(&refusal, self.media()),
        };
        reply.headers.extend(left.map(budget_headers).unwrap_or_default());
        reply
    }

    /// The reply to a request that is not run.
    pub async fn denied(&self, denied: Denied) -> Reply {
        match denied {
            Denied::Refusal(refusal) => Reply::refusal(&refusal, self.media()),
            Denied::Refused(refused) => {
                if refused.status == StatusCode::TOO_MANY_REQUESTS {
                    self.guest.account.wait_before_refusal().await;
                }
                refused.into()
            }
        }
    }

    /// What this call takes: a GET changes nothing, and a whole response answers once. A stream gets its permit before its operation is
    /// charged.
    fn takes<'p>(
        &self,
        permit: Option<&'p OnceLock<Permit<Client>>>,
    ) -> impl Fn(OperationKind) -> Result<(), Refused> + Sync + use<'p> {
        let (by_get, accepted) = (self.http.method() == Method::GET, self.accepted);
        let place = permit.filter(|_| accepted.stream);
        let place = place.map(|place| (place, self.endpoint.sockets.permits().clone(), self.account().client().clone()));
        move |kind| match kind {
            OperationKind::Mutation if by_get => Err(Refused::method("POST", "Send a mutation by POST.")),
            OperationKind::Subscription if !accepted.stream => {
                Err(not_acceptable("A subscription answers again and again: accept text/event-stream, or open a WebSocket."))
            }
            _ => match &place {
                Some((place, permits, client)) if accepted.streams(kind) => {
                    _ = place.set(permits.take(client.clone()).map_err(|_| socket::full())?);
                    Ok(())
                }
                _ => Ok(()),
            },
        }
    }
}

fn not_acceptable(message: &'static str) -> Refused {
    Refused::new(StatusCode::NOT_ACCEPTABLE, NOT_ACCEPTABLE, message)
}
