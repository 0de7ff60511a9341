//! Batches: a JSON array of requests in one body. The response is an array of results in the same order.

use std::sync::Arc;

use actix_web::http::StatusCode;
use serde_json::Value as Json;

use super::{Call, parameters};
use crate::{
    engine::run::MAX_RESPONSE,
    error::{OVERLOADED, RESPONSE_TOO_LARGE},
    http::{
        gate::ReadCharge,
        observe::RequestStats,
        response::{BATCH_TOO_LARGE, HttpRefusal, ResponseParts},
    },
    plural,
    schema::{OperationKind, Response},
};

/// Runs the requests of a batch one after another. A refused request does not affect the others. The HTTP status is
/// 200, or 400 if the batch is empty or has too many requests.
pub async fn run(call: &Call<'_>, requests: Vec<Json>) -> ResponseParts {
    let limit = call.batch_limit();
    if requests.is_empty() {
        return HttpRefusal::bad_request("The batch is empty.").into();
    }
    if requests.len() > limit {
        let message = format!("The batch has more than {}. Send several batches.", plural::count(limit, "request"));
        return HttpRefusal::new(StatusCode::BAD_REQUEST, BATCH_TOO_LARGE, message).into();
    }
    let mut body = String::from("[");
    let mut stats = RequestStats::default();
    // The results are copied into one body, which needs a reservation of its own.
    let mut reservation = None;
    for (index, request) in requests.into_iter().enumerate() {
        if index > 0 {
            // Requests of other clients run between two requests of a batch.
            tokio::task::yield_now().await;
        }
        let mut parts = if body.len() > MAX_RESPONSE { too_long("was not run") } else { run_one(call, request).await };
        stats.add(std::mem::take(&mut parts.stats));
        let length = body.len() + parts.response.body.len();
        // Refusals are short, and their requests were not run.
        if parts.is_result && length > MAX_RESPONSE {
            parts = too_long("was run, but its result is omitted");
        } else if parts.is_result && call.account().adjust(&mut reservation, length as u64).is_err() {
            let message = "This request was run, but its result is omitted, because your running requests and unread responses \
                           use too much memory.";
            parts = HttpRefusal::new(StatusCode::SERVICE_UNAVAILABLE, OVERLOADED, message).into();
        }
        body.push_str(if index == 0 { "" } else { "," });
        body.push_str(&parts.response.body);
        stats.add(parts.stats);
    }
    body.push(']');
    let response = Arc::new(Response::new(body, 0, 0));
    let reservations = reservation.map(Arc::new).into_iter().collect();
    ResponseParts { status: StatusCode::OK, response, is_result: false, headers: Vec::new(), reservations, stats }
}

async fn run_one(call: &Call<'_>, request: Json) -> ResponseParts {
    let prepared = async {
        let charge = ReadCharge::new(call.account(), 0)?;
        call.prepare(charge, parameters::from_json(request)?).await
    };
    match prepared.await {
        Ok((ready, _)) if ready.kind() == OperationKind::Subscription => {
            HttpRefusal::bad_request("A subscription cannot be part of a batch.").into()
        }
        Ok(admitted) => call.run(admitted).await,
        Err(refusal) => call.refuse(refusal).await,
    }
}

/// Returns the refusal of a request of a batch whose response would be longer than [`MAX_RESPONSE`]. `what` is the predicate
/// of the message, such as `was not run`.
fn too_long(what: &str) -> ResponseParts {
    let longest = MAX_RESPONSE >> 20;
    let message = format!(
        "This request {what}: the results of this batch are longer than {longest} MiB. Send fewer requests at once."
    );
    HttpRefusal::new(StatusCode::BAD_REQUEST, RESPONSE_TOO_LARGE, message).into()
}
