//! The way of a request: who asks, what is asked, whether it may be run, and the reply.

use actix_web::{
    HttpRequest,
    http::{Method, StatusCode},
    web::Data,
};

use super::{Accepted, MediaType, Reply};
use crate::{
    http::{
        endpoint::Endpoint,
        origin,
        refused::{CROSS_SITE, NOT_ACCEPTABLE, Refused},
        seen::Operation,
    },
    schema::{GraphqlRequest, OperationKind, Ready},
};

/// A call of the endpoint, with whoever makes it.
pub struct Call<'h> {
    http: &'h HttpRequest,
    endpoint: &'h Endpoint,
    accepted: Accepted,
}

impl<'h> Call<'h> {
    /// Determines who asks and what they take, before anything of the body is read.
    pub fn begin(http: &'h HttpRequest, endpoint: &'h Data<Endpoint>) -> Result<Self, Refused> {
        if !origin::is_allowed(http) {
            let message = "Pages of other origins may not ask this service.";
            return Err(Refused::new(StatusCode::FORBIDDEN, CROSS_SITE, message));
        }
        let accepted = Accepted::of(http);
        if accepted.whole.is_none() && !accepted.stream {
            return Err(not_acceptable("Accept application/graphql-response+json or application/json."));
        }
        Ok(Self { http, endpoint, accepted })
    }

    /// The media type of a whole response.
    pub fn media(&self) -> MediaType {
        self.accepted.whole.unwrap_or(MediaType::Json)
    }

    /// Most requests of one batch.
    pub fn batch_limit(&self) -> usize {
        self.endpoint.config.batch
    }

    /// Decides whether a request is run, knowing who asks, what it is and what it costs at most.
    pub fn prepare(&self, request: GraphqlRequest) -> Result<Ready, Reply> {
        let prepared = self.endpoint.service.prepare(request);
        let ready = prepared.map_err(|refusal| Reply::refusal(&refusal, self.media()))?;
        self.check_kind(ready.kind())?;
        Ok(ready)
    }

    /// Runs a request that may be run, and answers it as a whole.
    pub async fn answer(&self, ready: Ready) -> Reply {
        let operation = Operation::of(&ready);
        match self.endpoint.service.answer(ready).await {
            Ok(answer) => Reply::answer(answer, operation),
            Err(refusal) => Reply::refusal(&refusal, self.media()),
        }
    }

    /// A GET changes nothing and answers once.
    fn check_kind(&self, kind: OperationKind) -> Result<(), Refused> {
        match kind {
            OperationKind::Mutation if self.http.method() == Method::GET => {
                Err(Refused::method("POST", "Send a mutation by POST."))
            }
            OperationKind::Subscription if self.http.method() == Method::GET => {
                Err(Refused::method("POST", "Send a subscription by POST, or over a WebSocket."))
            }
            OperationKind::Subscription => {
                Err(not_acceptable("A subscription answers again and again: it needs a WebSocket."))
            }
            _ if self.accepted.whole.is_none() => {
                Err(not_acceptable("Accept application/graphql-response+json or application/json."))
            }
            _ => Ok(()),
        }
    }
}

fn not_acceptable(message: &'static str) -> Refused {
    Refused::new(StatusCode::NOT_ACCEPTABLE, NOT_ACCEPTABLE, message)
}
