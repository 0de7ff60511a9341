//! Cursors as Dermagraph writes them: base64 of a JSON array, a fingerprint of the order and the values of its keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

/// Fingerprint of procedures by name. When the order of the service changes, the answers differ, and this with them.
pub const PROCEDURES: u32 = 1_201_668_284;

/// Fingerprint of the outcomes of a procedure, by their position.
pub const OUTCOMES: u32 = 2_065_649_517;

/// The cursor of a procedure.
pub fn of_procedure(name: &str, id: i64) -> String {
    encode(&json!([PROCEDURES, name, id]))
}

/// The cursor of an outcome.
pub fn of_outcome(position: i64, id: i64) -> String {
    encode(&json!([OUTCOMES, position, id]))
}

fn encode(values: &Json) -> String {
    URL_SAFE_NO_PAD.encode(values.to_string())
}
