//! In front of all addresses: refuses requests for other hosts, and charges those for pages and files, and for addresses where there is nothing, as the gate
//! charges GraphQL requests.

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Data,
};

use super::{endpoint::Endpoint, respond, visitor::Visitor};
use crate::engine::plan::cost::BYTES_A_POINT;

/// Addresses that have to answer in every case.
const HEALTH: [&str; 2] = ["/health/live", "/health/ready"];

/// The address whose requests the gate charges.
const GATED: &str = "/graphql";

/// Refuses requests for other hosts, charges a point before a request is served, and its bytes after that.
///
/// # Errors
/// Those of what is within.
pub async fn charge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let endpoint = request.app_data::<Data<Endpoint>>().filter(|_| !is_free(&request)).cloned();
    let Some(endpoint) = endpoint else { return Ok(next.call(request).await?.map_into_left_body()) };
    let charged = async {
        let checked = endpoint.hosts.check(request.head());
        if checked.is_ok() && is_gated(&request) {
            return Ok(None);
        }
        let account = endpoint.gate.charge(&Visitor::of(request.request())).await?;
        checked.map(|()| Some(account))
    };
    let account = match charged.await {
        Ok(account) => account,
        Err(refused) => {
            let response = respond::refuse(request.request(), refused);
            return Ok(request.into_response(response).map_into_right_body());
        }
    };
    let response = next.call(request).await?;
    if let (Some(account), BodySize::Sized(bytes)) = (account, response.response().body().size()) {
        account.settle(bytes / BYTES_A_POINT);
    }
    Ok(response.map_into_left_body())
}

/// Whether a request is one for health, which has a fixed small price for the service.
fn is_free(request: &ServiceRequest) -> bool {
    HEALTH.contains(&request.path()) && [Method::GET, Method::HEAD].contains(request.method())
}

/// Whether the gate charges a request. It charges those that may have an operation, and nobody else charges what other methods are answered.
fn is_gated(request: &ServiceRequest) -> bool {
    request.path() == GATED && [Method::GET, Method::POST].contains(request.method())
}
