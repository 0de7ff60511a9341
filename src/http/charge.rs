//! In front of all addresses: refuses requests for other hosts, and charges those for pages and files, and for addresses where there is nothing, as the gate
//! charges GraphQL requests.

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web::Data,
};

use super::{endpoint::Endpoint, host, refused::Refused, visitor::Visitor};
use crate::engine::cost::BYTES_A_POINT;

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
    let endpoint = request.app_data::<Data<Endpoint>>().filter(|_| !HEALTH.contains(&request.path())).cloned();
    let Some(endpoint) = endpoint else { return Ok(next.call(request).await?.map_into_left_body()) };
    let checked = host::check(&request, &endpoint.config.hosts);
    let is_charged = checked.is_err() || request.path() != GATED;
    let account = endpoint.gate.account_of(Visitor::of(request.request()).address);
    let charged = if is_charged { account.charge(1).map(drop).map_err(Refused::from) } else { Ok(()) };
    if let Err(refused) = charged.and(checked) {
        if refused.status == StatusCode::TOO_MANY_REQUESTS {
            account.wait_before_refusal().await;
        }
        endpoint.gate.metrics.refused(refused.code);
        return Ok(request.into_response(refused.response()).map_into_right_body());
    }
    let response = next.call(request).await?;
    if let BodySize::Sized(bytes) = response.response().body().size()
        && is_charged
    {
        account.settle(bytes / BYTES_A_POINT);
    }
    Ok(response.map_into_left_body())
}
