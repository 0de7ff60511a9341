//! One HTTP request to the endpoint, from the check of its headers to its response.

use std::{rc::Rc, sync::OnceLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{HeaderName, HeaderValue},
    },
    web::{Bytes, Data},
};

use crate::{
    access::{Account, Client, Reservation},
    http::{
        client::{UnverifiedClient, refused_origins},
        connection::Activity,
        endpoint::Endpoint,
        events,
        gate::{AdmittedClient, AdmittedOperation, Permit, ReadCharge},
        observe::{OperationStats, RequestStats},
        request::{Accepted, MediaType, json_size},
        response::{self, AnyRefusal, HttpRefusal, NOT_ACCEPTABLE, ResponseParts, budget_headers},
        socket,
    },
    plural,
    schema::{GraphqlRequest, OperationKind},
};

/// An HTTP request to the endpoint, with its admitted client.
pub struct Call<'h> {
    http: &'h HttpRequest,
    endpoint: &'h Endpoint,
    accepted: Accepted,
    client: AdmittedClient,
}

impl<'h> Call<'h> {
    /// Checks the origin and `Accept`, and admits the client, before the body is read.
    ///
    /// # Errors
    /// Returns a refusal, which is charged, if the origin is not allowed, if the client accepts no type of response, or if it
    /// is not admitted.
    pub async fn begin(http: &'h HttpRequest, endpoint: &'h Data<Endpoint>) -> Result<Self, HttpRefusal> {
        let (client, accepted) = (UnverifiedClient::of(http), Accepted::of(http.headers()));
        let refuse = |refusal| endpoint.gate.charge_refusal(&client, refusal);
        let message = "Pages of other origins may not send requests to this service.";
        if let Err(refusal) = refused_origins::check(http, message) {
            return Err(refuse(refusal).await);
        }
        if accepted.single_response.is_none() && !accepted.stream {
            let message = "Accept application/graphql-response+json or application/json.";
            return Err(refuse(not_acceptable(message)).await);
        }
        let client = endpoint.gate.admit(&client).await?;
        Ok(Self { http, endpoint, accepted, client })
    }

    /// Returns the media type of a response that is sent as a whole.
    pub fn media(&self) -> MediaType {
        self.accepted.single_response.unwrap_or(MediaType::Json)
    }

    /// Returns the maximum number of requests in a batch.
    pub fn batch_limit(&self) -> usize {
        self.endpoint.config.batch
    }

    /// Returns the account that the requests of the client are charged to.
    pub fn account(&self) -> &Account {
        &self.client.account
    }

    /// Prepares and runs one request. The response is an event stream if the client accepts nothing else or the
    /// operation needs one. For any other response, the memory that is reserved for the request is released after the
    /// run, because the variables are stored until then. An event stream has its own reservation for the variables.
    pub async fn respond(
        &self,
        charge: ReadCharge,
        request: Result<(GraphqlRequest, Option<Reservation>), AnyRefusal>,
    ) -> HttpResponse {
        let (gate, permit) = (&self.endpoint.gate, OnceLock::new());
        let accepts = self.kind_check(Some(&permit));
        let (admitted, reservation) = match request {
            Ok((request, reservation)) => (gate.prepare(&self.client, charge, request, &accepts).await, reservation),
            Err(refusal) => (Err(refusal), None),
        };
        drop(accepts);
        let parts = match admitted {
            Ok((ready, _)) if self.accepted.streams(ready.kind()) => {
                if let Some(activity) = self.http.conn_data::<Rc<Activity>>() {
                    activity.record_reserved_body();
                }
                let results = gate.run(&self.client, ready);
                return events::respond(Ok(results), permit.into_inner(), self.endpoint.stopping.clone());
            }
            Ok(admitted) => self.run(admitted).await,
            Err(AnyRefusal::Graphql(refusal)) if self.accepted.single_response.is_none() => {
                let stats = RequestStats::refused(refusal.code());
                let mut response = events::respond(Err(refusal), None, self.endpoint.stopping.clone());
                response.extensions_mut().insert(stats);
                return response;
            }
            Err(refusal) => self.refuse(refusal).await,
        };
        drop(reservation);
        self.send(parts).await
    }

    /// Parses a body, and increases its reservation by the memory of the parsed values. A long body is parsed in the
    /// thread pool, which needs a permit.
    ///
    /// # Errors
    /// Returns a refusal if the body is malformed or has too many values, if the client has no memory left, or if no permit is
    /// available.
    pub async fn parse<T: Send + 'static>(
        &self,
        body: Bytes,
        mut reservation: Option<Reservation>,
        parse: fn(&[u8]) -> Result<T, HttpRefusal>,
    ) -> Result<(T, Option<Reservation>), AnyRefusal> {
        let (account, length) = (self.account().clone(), body.len());
        let parse = move || -> Result<_, HttpRefusal> {
            let values = json_size::check(&body).map_err(|_| HttpRefusal::too_many_values("body"))?;
            account.adjust(&mut reservation, (body.len() + values) as u64).map_err(|_| HttpRefusal::out_of_memory())?;
            Ok((parse(&body)?, reservation))
        };
        Ok(self.endpoint.gate.parse(self.account(), length, parse).await??)
    }

    /// Prepares a request of a batch and charges its maximum cost.
    ///
    /// # Errors
    /// Returns a refusal if the request cannot run.
    pub async fn prepare(&self, charge: ReadCharge, request: GraphqlRequest) -> Result<AdmittedOperation, AnyRefusal> {
        self.endpoint.gate.prepare(&self.client, charge, request, &self.kind_check(None)).await
    }

    /// Builds an HTTP response from its parts.
    pub async fn send(&self, parts: ResponseParts) -> HttpResponse {
        response::send(self.http, self.media().content_type(), parts, &self.endpoint.gate.service, self.account()).await
    }

    /// Runs an admitted operation and returns its result as a whole.
    pub async fn run(&self, (ready, budget): AdmittedOperation) -> ResponseParts {
        let operation = OperationStats::of(&ready);
        // `Server-Timing` is only for queries by POST: the statements of mutations are not counted, and a cache would
        // repeat the header of a response to GET.
        let counts = ready.reports_cost() && ready.kind() == OperationKind::Query && self.http.method() == Method::POST;
        let mut parts = match self.endpoint.gate.service.run(ready, self.account()).await {
            Ok(result) => {
                let timing = counts.then(|| server_timing(result.statements));
                let mut parts = ResponseParts::result(result, operation);
                parts.headers.extend(timing);
                parts
            }
            Err(refusal) => ResponseParts::refusal(&refusal, self.media()),
        };
        parts.headers.extend(budget.map(budget_headers).unwrap_or_default());
        parts
    }

    /// Returns the response to a refused request. If the budget is empty, the response is delayed.
    pub async fn refuse(&self, refusal: AnyRefusal) -> ResponseParts {
        match refusal {
            AnyRefusal::Graphql(refusal) => ResponseParts::refusal(&refusal, self.media()),
            AnyRefusal::Http(refusal) => {
                if refusal.status == StatusCode::TOO_MANY_REQUESTS {
                    self.account().wait_before_refusal().await;
                }
                refusal.into()
            }
        }
    }

    /// Returns the function that checks whether this request may run an operation of a kind: GET runs no mutations, and
    /// only an event stream runs subscriptions. For an event stream, the function acquires a permit before the operation is
    /// charged, and stores it in `permit`.
    fn kind_check<'p>(
        &self,
        permit: Option<&'p OnceLock<Permit<Client>>>,
    ) -> impl Fn(OperationKind) -> Result<(), HttpRefusal> + Sync + use<'p> {
        let (by_get, accepted) = (self.http.method() == Method::GET, self.accepted);
        let permit = permit.filter(|_| accepted.stream);
        let permit = permit.map(|permit| (permit, self.endpoint.sockets.permits().clone(), self.account().client().clone()));
        move |kind| match kind {
            OperationKind::Mutation if by_get => Err(HttpRefusal::method_not_allowed("POST", "Send a mutation by POST.")),
            OperationKind::Subscription if !accepted.stream => {
                Err(not_acceptable("Subscriptions need server-sent events (accept text/event-stream) or a WebSocket."))
            }
            _ => match &permit {
                Some((permit, permits, client)) if accepted.streams(kind) => {
                    _ = permit.set(permits.acquire(client.clone()).map_err(|_| socket::too_many_sockets())?);
                    Ok(())
                }
                _ => Ok(()),
            },
        }
    }
}

/// Returns the header with the number of SQL statements that an operation ran: 0 if its response was cached. The number
/// is not in the body, because clients share cached bodies.
fn server_timing(statements: usize) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::try_from(format!("sql;desc=\"{}\"", plural::count(statements, "statement")));
    (HeaderName::from_static("server-timing"), value.unwrap_or_else(|_| HeaderValue::from_static("sql")))
}

fn not_acceptable(message: &'static str) -> HttpRefusal {
    HttpRefusal::new(StatusCode::NOT_ACCEPTABLE, NOT_ACCEPTABLE, message)
}
