//! One visit to a page: runs the requests of the page for its client, through the gate like any other request.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{CONTENT_SECURITY_POLICY, HTML};
use crate::{
    access::Reservation,
    error::{BAD_ARGUMENT, BAD_CURSOR, CURSOR_OF_OTHER_ORDER, INTERNAL, RESPONSE_TOO_LARGE, UNAVAILABLE},
    http::{
        client::{UnverifiedClient, requested_origin},
        endpoint::Endpoint,
        gate::{AdmittedClient, ReadCharge},
        observe::{OperationStats, RequestStats},
        request::{Accepted, HtmlAcceptance, MediaType, json_size},
        response::{self, AnyRefusal, HttpRefusal, NOT_FOUND, ResponseParts, secured, security_headers},
    },
    pages::{PageRequest, Site, message},
    schema::{GraphqlRequest, OperationResponse, Refusal, RefusalKind, Response, Work},
};

/// Maximum `../` in the links of a page. Every URL of the service has fewer path segments.
const MAX_DEPTH: usize = 16;

/// Maximum length of all responses for one page, in bytes. Parsing them and building the page takes about ten
/// milliseconds, and their length costs a hundred points.
const MAX_DATA: usize = 1024 * 1024;

/// Length of the longest responses, in bytes, that are parsed, or made into a page, on the serving thread. Longer ones would
/// delay the requests of others.
const MAX_ON_SERVING_THREAD: usize = 32 * 1024;

/// Estimate of how often a page repeats the parameters of its URL: in its links, in the variables of its request, and in the
/// programs that send the request.
const REPEATS: usize = 32;

/// A visit of an admitted client.
pub struct Visit<'h> {
    /// The location of the service, for links.
    pub site: Site,
    http: &'h HttpRequest,
    endpoint: &'h Endpoint,
    client: AdmittedClient,
    stats: RequestStats,
    /// Length of the responses that were read, in bytes.
    read_bytes: usize,
    /// Memory of the values that were parsed from these responses, in bytes.
    parsed_bytes: u64,
    /// The memory that is reserved for the parsed values, and later for the page. A job in the thread pool has it while it
    /// runs.
    memory: Option<Reservation>,
}

/// The refusal of a page.
pub struct Refused(AnyRefusal);

impl<T: Into<AnyRefusal>> From<T> for Refused {
    fn from(refusal: T) -> Self {
        Self(refusal.into())
    }
}

impl<'h> Visit<'h> {
    /// Admits the client.
    ///
    /// # Errors
    /// Returns a refusal if the client may not read.
    pub async fn begin(http: &'h HttpRequest, endpoint: &'h Endpoint) -> Result<Self, Refused> {
        let client = endpoint.gate.admit(&UnverifiedClient::of(http)).await.map_err(HttpRefusal::from)?;
        let mut site = site(http, Some(endpoint));
        site.may_open_playground = endpoint.gate.may_open_playground(&client).is_ok();
        site.may_read_schema = endpoint.gate.may_introspect(&client).is_ok();
        let stats = RequestStats::default();
        Ok(Self { site, http, endpoint, client, stats, read_bytes: 0, parsed_bytes: 0, memory: None })
    }

    /// Checks whether the client may read the schema.
    ///
    /// # Errors
    /// Returns a refusal if it may not.
    pub fn may_introspect(&self) -> Result<(), Refused> {
        Ok(self.endpoint.gate.may_introspect(&self.client)?)
    }

    /// Returns the actual cost of the request that was run last, in points; 0 before the first.
    pub fn cost(&self) -> u64 {
        self.stats.operations.last().map_or(0, |operation| operation.cost)
    }

    /// Runs a request and reads its data. The client is charged as for the same request to `/graphql`. If the budget is
    /// empty, the refusal is delayed.
    ///
    /// # Errors
    /// Returns a refusal if the request is refused, or if its response has an error.
    pub async fn read<T: DeserializeOwned + Send + 'static>(&mut self, request: &PageRequest) -> Result<T, Refused> {
        let data = self.read_now(request).await;
        if matches!(&data, Err(Refused(AnyRefusal::Http(refusal))) if refusal.status == StatusCode::TOO_MANY_REQUESTS) {
            self.client.account.wait_before_refusal().await;
        }
        data
    }

    /// Like [`Self::read`], but returns the data as JSON.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub async fn run(&mut self, request: &PageRequest) -> Result<Json, Refused> {
        self.read(request).await
    }

    /// Like [`Self::run`], for an example: returns `None` if the service does not run the request, for instance because it
    /// costs more than the operator allows.
    ///
    /// # Errors
    /// The other errors of [`Self::run`].
    pub async fn run_example(&mut self, request: &PageRequest) -> Result<Option<Json>, Refused> {
        match self.run(request).await {
            Err(Refused(AnyRefusal::Graphql(Refusal { kind: RefusalKind::Request | RefusalKind::NotTrusted, .. }))) => {
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    async fn read_now<T: DeserializeOwned + Send + 'static>(&mut self, request: &PageRequest) -> Result<T, Refused> {
        #[derive(Deserialize)]
        struct Body<T> {
            data: T,
        }
        if !self.stats.operations.is_empty() {
            // Requests of other clients run between two requests of a page.
            tokio::task::yield_now().await;
        }
        let gate = &self.endpoint.gate;
        let charge = ReadCharge::new(&self.client.account, request.document().len())?;
        let request = GraphqlRequest {
            document: Some(request.document().to_owned()),
            variables: request.variables().clone(),
            ..GraphqlRequest::default()
        };
        let (ready, _) = gate.prepare(&self.client, charge, request, &|_| Ok(())).await?;
        let operation = OperationStats::of(&ready);
        let result = gate.service.run(ready, &self.client.account).await?;
        self.stats.operations.push(operation.finished(&result));
        if result.response.codes.iter().any(|code| [BAD_CURSOR, CURSOR_OF_OTHER_ORDER].contains(code)) {
            return Err(HttpRefusal::bad_request("This page of the list does not exist. Begin with its first page.").into());
        }
        // The requests of pages are correct, so only a value of the URL can be wrong.
        if result.response.codes.contains(&BAD_ARGUMENT) {
            return Err(HttpRefusal::bad_request("A parameter of the URL is malformed.").into());
        }
        if result.response.errors > 0 {
            let message = "The service cannot read the content at the moment. Try again in a minute.";
            return Err(HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, message).into());
        }
        let OperationResponse { response, reservation, .. } = result;
        let length = response.body.len();
        self.read_bytes += length;
        if self.read_bytes > MAX_DATA {
            let message = "The content of this page is too long to be shown. Request it in parts at /graphql.";
            return Err(HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, RESPONSE_TOO_LARGE, message).into());
        }
        self.parsed_bytes += (length + json_size::estimate(response.body.as_bytes()).1) as u64;
        let (account, memory, bytes) = (&self.client.account, &mut self.memory, self.parsed_bytes);
        gate.service.reserve(account, || account.adjust(memory, bytes)).await?;
        let parse = move || {
            // The memory of the response itself is reserved until it is parsed.
            let _reservation = reservation;
            serde_json::from_str::<Body<T>>(&response.body)
        };
        let body = self.work(length, parse).await?;
        Ok(body.map_err(|failure| unreadable(&failure))?.data)
    }

    /// Makes a page or a document from the data that was read. If the data or the URL is long, it is made in the thread
    /// pool, which needs a permit.
    ///
    /// # Errors
    /// Returns a refusal if no permit is available, or if the data does not have the form of the request.
    pub async fn make<T: Send + 'static>(
        &mut self,
        make: impl FnOnce(&Site) -> Result<T, serde_json::Error> + Send + 'static,
    ) -> Result<T, Refused> {
        let site = self.site.clone();
        let bytes = self.read_bytes + REPEATS * self.http.query_string().len();
        let page = self.work(bytes, move || make(&site)).await?;
        Ok(page.map_err(|failure| unreadable(&failure))?)
    }

    /// Makes a page in the thread pool, because making it takes long even if little or no data was read.
    ///
    /// # Errors
    /// Returns a refusal if no permit is available.
    pub async fn make_in_pool<T: Send + 'static>(
        &mut self,
        make: impl FnOnce(&Site) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let site = self.site.clone();
        self.in_pool(move || make(&site)).await
    }

    /// Does work whose time depends on this number of bytes: on the serving thread, or in the thread pool.
    async fn work<T: Send + 'static>(
        &mut self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        if bytes <= MAX_ON_SERVING_THREAD { Ok(work()) } else { self.in_pool(work).await }
    }

    async fn in_pool<T: Send + 'static>(&mut self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
        // A job that runs continues when the client disconnects, so it has the reservation of what it uses.
        let memory = self.memory.take();
        let work = move || (work(), memory);
        let (done, memory) = self.endpoint.gate.service.in_pool(Work::Preparing, &self.client.account, work).await?;
        self.memory = memory;
        Ok(done)
    }

    /// Responds with a page or a document. Its entity tag changes when its content changes.
    ///
    /// # Errors
    /// Returns a refusal if the client has no memory left for the response.
    pub async fn respond(mut self, content_type: &'static str, text: String) -> Result<HttpResponse, Refused> {
        let (account, memory, bytes) = (&self.client.account, &mut self.memory, text.len() as u64);
        // The reservation of the data now counts for the text, which was made from the data.
        self.endpoint.gate.service.reserve(account, || account.adjust_existing(memory, bytes)).await?;
        let parts = ResponseParts {
            status: StatusCode::OK,
            response: Arc::new(Response::new(text, 0, 0)),
            is_result: true,
            headers: Vec::new(),
            reservations: self.memory.into_iter().map(Arc::new).collect(),
            stats: self.stats,
        };
        let mut response = response::send(self.http, content_type, parts, &self.endpoint.gate.service, account).await;
        for (name, value) in security_headers(CONTENT_SECURITY_POLICY) {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

impl Refused {
    /// Responds with a page to browsers, and with JSON to programs.
    pub fn respond(self, http: &HttpRequest, endpoint: &Endpoint) -> HttpResponse {
        if Accepted::of(http.headers()).html == HtmlAcceptance::Preferred {
            self.into_page(http, endpoint)
        } else {
            response::refuse(http, self.into_http())
        }
    }

    /// Converts the refusal to a page. An unknown URL has a page of its own.
    fn into_page(self, http: &HttpRequest, endpoint: &Endpoint) -> HttpResponse {
        let (site, refusal) = (site(http, Some(endpoint)), self.into_http());
        if refusal.code == NOT_FOUND {
            return uncached(StatusCode::NOT_FOUND, message::not_found(&site));
        }
        let page = message::refused(&site, &refusal.message);
        let parts = ResponseParts::from(refusal);
        let mut response = uncached(parts.status, page);
        for (name, value) in parts.headers {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(parts.stats);
        response
    }

    fn into_http(self) -> HttpRefusal {
        match self.0 {
            AnyRefusal::Http(refusal) => refusal,
            AnyRefusal::Graphql(refusal) => {
                let ResponseParts { status, headers, .. } = ResponseParts::refusal(&refusal, MediaType::GraphqlResponse);
                let message = refusal.errors.first().map(|error| error.message.clone()).unwrap_or_default();
                let code = refusal.errors.first().map_or(INTERNAL, |error| error.code);
                HttpRefusal { status, code, message: message.into(), headers }
            }
        }
    }
}

/// Returns the location of the service, as the request names it. It permits links to the playground and to the schema.
/// [`Visit::begin`] forbids the links that the client may not open.
pub fn site(http: &HttpRequest, endpoint: Option<&Endpoint>) -> Site {
    let depth = http.path().matches('/').count().saturating_sub(1).min(MAX_DEPTH);
    let has_proxy = endpoint.is_some_and(|endpoint| endpoint.config.client_header.is_some());
    let origin = requested_origin(http, has_proxy);
    let desk = endpoint.is_none_or(|endpoint| endpoint.config.desk);
    Site { root: format!("./{}", "../".repeat(depth)), origin, may_open_playground: true, may_read_schema: true, desk }
}

/// Responds with a page that caches must not store.
pub fn uncached(status: StatusCode, page: String) -> HttpResponse {
    secured(HttpResponse::build(status), CONTENT_SECURITY_POLICY)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        .content_type(HTML)
        .body(page)
}

/// Logs that a page could not read the response to its own request, which is a bug of the program. Returns the refusal.
pub fn unreadable(failure: &serde_json::Error) -> HttpRefusal {
    tracing::error!(%failure, "a page cannot read its own response");
    HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "The service could not create this page.")
}
