//! The middleware in front of all routes. It refuses requests for hosts that are not allowed. It charges the requests
//! that the gate does not charge, except for health checks. Behind a proxy, it counts the serving-thread time of each
//! request in the share of the network that the proxy reports.

use std::net::IpAddr;

use actix_web::{
    Error,
    body::{BodySize, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::Data,
};

use crate::{
    access::{Client, counted_for},
    engine::plan::cost::BYTES_PER_POINT,
    http::{
        client::{self, UnverifiedClient},
        endpoint::Endpoint,
        request::head,
        response::{self, HttpRefusal},
    },
};

/// Paths whose requests are not charged, and are accepted for any host. Above 600 requests per minute, a client waits
/// for its responses.
const HEALTH: [&str; 2] = ["/health/live", "/health/ready"];

/// The path whose requests the gate charges.
const GATED: &str = "/graphql";

/// Reserves memory for a long head until the response is created. Refuses requests for hosts that are not allowed. Charges
/// one point before a request is served, and the length of its response afterwards. Counts the serving-thread time in the
/// share of the client's network.
///
/// # Errors
/// Returns the errors of the service that it wraps.
pub async fn charge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let address = client::address(request.request());
    counted_for(address, charge_and_call(request, address, next)).await
}

async fn charge_and_call(
    request: ServiceRequest,
    address: IpAddr,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(endpoint) = request.app_data::<Data<Endpoint>>().cloned() else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let refuse = |request: ServiceRequest, refusal| {
        let response = response::refuse(request.request(), refusal);
        Ok(request.into_response(response).map_into_right_body())
    };
    let client = Client::at(address);
    let account = endpoint.gate.accounts.of(client.clone());
    let _head = match head::reserve(request.request(), &account) {
        Ok(head) => head,
        Err(refusal) => {
            // The refusal is not delayed, because the head would need memory until then.
            return refuse(request, account.charge(1).err().map_or(refusal, HttpRefusal::from));
        }
    };
    if is_health_check(&request) {
        tokio::time::sleep(endpoint.health_checks.next_delay(&client)).await;
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let charged = async {
        let checked = endpoint.hosts.check(request.head());
        if checked.is_ok() && is_gated(&request) {
            return Ok(None);
        }
        let account = endpoint.gate.charge(&UnverifiedClient::at(address, request.request())).await?;
        checked.map(|()| Some(account))
    };
    let account = match charged.await {
        Ok(account) => account,
        Err(refusal) => return refuse(request, refusal),
    };
    let response = next.call(request).await?;
    if let (Some(account), BodySize::Sized(bytes)) = (account, response.response().body().size()) {
        account.settle(bytes / BYTES_PER_POINT);
    }
    Ok(response.map_into_left_body())
}

/// Reports whether a request is a health check.
fn is_health_check(request: &ServiceRequest) -> bool {
    HEALTH.contains(&request.path()) && [Method::GET, Method::HEAD].contains(request.method())
}

/// Reports whether the gate charges a request. It charges GET and POST requests to [`GATED`], which can carry an operation.
/// This middleware charges requests to that path with other methods.
fn is_gated(request: &ServiceRequest) -> bool {
    request.path() == GATED && [Method::GET, Method::POST].contains(request.method())
}
