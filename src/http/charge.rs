//! Charges requests for pages and files, and for addresses where there is nothing, as GraphQL requests are charged by the gate.

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};

use super::{endpoint::Endpoint, refused::Refused, visitor::Visitor};
use crate::engine::cost::BYTES_A_POINT;

/// Addresses that are not charged here: the gate charges the first, and the others have to answer in every case.
const FREE: [&str; 3] = ["/graphql", "/health/live", "/health/ready"];

/// Charges a point before a request is served, and its bytes after that.
///
/// # Errors
/// Those of what is within.
pub async fn charge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let endpoint = request.app_data::<Data<Endpoint>>().filter(|_| !FREE.contains(&request.path())).cloned();
    let Some(endpoint) = endpoint else { return Ok(next.call(request).await?.map_into_left_body()) };
    let account = endpoint.gate.account_of(Visitor::of(request.request()).address);
    if let Err(limited) = account.charge(1) {
        account.wait_before_refusal().await;
        let refused = Refused::from(limited);
        endpoint.gate.metrics.refused(refused.code);
        return Ok(request.into_response(refused.response()).map_into_right_body());
    }
    let response = next.call(request).await?;
    if let BodySize::Sized(bytes) = response.response().body().size() {
        account.settle(bytes / BYTES_A_POINT);
    }
    Ok(response.map_into_left_body())
}
