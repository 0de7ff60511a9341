//! Several requests in one body: a JSON array, answered by an array in the same order, one after the other.

use std::sync::Arc;

use actix_web::http::StatusCode;
use serde_json::Value as Json;

use super::{Call, Reply, read};
use crate::{
    engine::run::MAX_RESPONSE,
    error::ANSWER_TOO_LARGE,
    http::{
        gate::Denied,
        refused::{BATCH_TOO_LARGE, Refused},
        seen::Seen,
    },
    schema::{OperationKind, Response},
};

/// Answers every entry by itself: one that is refused leaves the others as they are. The whole is 200.
pub async fn answer(call: &Call<'_>, entries: Vec<Json>) -> Reply {
    let most = call.batch_limit();
    if entries.is_empty() {
        return Refused::bad("The batch is empty.").into();
    }
    if entries.len() > most {
        let message = format!("The batch has more than {most} requests. Send several batches.");
        return Refused::new(StatusCode::BAD_REQUEST, BATCH_TOO_LARGE, message).into();
    }
    let mut body = String::from("[");
    let mut seen = Seen::default();
    // The answers are copied into the whole.
    let mut held = None;
    for (place, entry) in entries.into_iter().enumerate() {
        if place > 0 {
            // Others are served between two entries.
            tokio::task::yield_now().await;
        }
        let mut reply = if body.len() > MAX_RESPONSE { full() } else { answer_one(call, entry).await };
        let length = body.len() + reply.response.body.len();
        if length > MAX_RESPONSE {
            reply = full();
        } else if call.account().hold_as(&mut held, length as u64).is_err() {
            reply = Refused::busy().into();
        }
        body.push_str(if place == 0 { "" } else { "," });
        body.push_str(&reply.response.body);
        seen.add(reply.seen);
    }
    body.push(']');
    let response = Arc::new(Response::new(body, 0, 0));
    let held = held.map(Arc::new).into_iter().collect();
    Reply { status: StatusCode::OK, response, answers: false, headers: Vec::new(), held, seen }
}

async fn answer_one(call: &Call<'_>, entry: Json) -> Reply {
    let prepared = async {
        let paid = call.read(0)?;
        call.prepare(paid, read::json(entry).map_err(Denied::Refused)?).await
    };
    match prepared.await {
        Ok((ready, _)) if ready.kind() == OperationKind::Subscription => {
            Refused::bad("A subscription cannot be part of a batch.").into()
        }
        Ok(admitted) => call.answer(admitted).await,
        Err(denied) => call.denied(denied).await,
    }
}

fn full() -> Reply {
    let message = format!("The answers before are longer than {} MiB together. Send fewer at once.", MAX_RESPONSE >> 20);
    Refused::new(StatusCode::BAD_REQUEST, ANSWER_TOO_LARGE, message).into()
}
