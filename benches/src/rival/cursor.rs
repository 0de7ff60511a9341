//! Cursors in the format of Dermagraph: base64 of a JSON array with the fingerprint of the order and the values of the keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};

/// Fingerprint of procedures by name. If the service changes the order, the responses differ, and this constant must be
/// changed too.
pub const PROCEDURES: u32 = 3_678_807_298;

/// Fingerprint of the outcomes of a procedure by position.
pub const OUTCOMES: u32 = 1_748_281_007;

/// Returns the cursor of a procedure.
pub fn of_procedure(name: &str, id: i64) -> String {
    encode(&json!([PROCEDURES, name, id]))
}

/// Returns the cursor of an outcome.
pub fn of_outcome(position: i64, id: i64) -> String {
    encode(&json!([OUTCOMES, position, id]))
}

fn encode(values: &Json) -> String {
    URL_SAFE_NO_PAD.encode(values.to_string())
}
