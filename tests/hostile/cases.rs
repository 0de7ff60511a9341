//! Tables of invalid requests: what is sent, and which responses are allowed.

use std::{net::SocketAddr, thread};

use crate::wire::{Outcome, assert_allowed, exchange};

/// The allowed outcomes of a case. A failure of the server is never allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A status of 400 to 499, or a closed connection.
    Refused,
    /// Errors in JSON, each with a code, and a status of 400 to 499, or 200.
    Reported,
    /// Any response that [`assert_allowed`] accepts, or a closed connection: the request is unusual but may be valid.
    Any,
}

/// An invalid or unusual request.
#[derive(Clone)]
pub struct Case {
    /// The name in messages of failed tests.
    pub name: String,
    /// Bytes to send.
    pub bytes: Vec<u8>,
    /// The allowed responses.
    pub expected: Expected,
}

impl Case {
    /// Creates a case.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>, expected: Expected) -> Self {
        Self { name: name.into(), bytes: bytes.into(), expected }
    }
}

/// Sends every case on a connection of its own, eight at a time, and panics with all cases whose outcome is not allowed.
pub fn try_all(address: SocketAddr, cases: &[Case]) {
    let lanes: Vec<Vec<&Case>> = (0..8).map(|lane| cases.iter().skip(lane).step_by(8).collect()).collect();
    let wrong: Vec<String> = thread::scope(|scope| {
        let running: Vec<_> = lanes
            .into_iter()
            .map(|lane| scope.spawn(move || lane.into_iter().filter_map(|case| wrong(address, case)).collect::<Vec<_>>()))
            .collect();
        running.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    println!("{} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

fn wrong(address: SocketAddr, case: &Case) -> Option<String> {
    let outcome = exchange(address, &case.bytes);
    let is_allowed = match (&outcome, case.expected) {
        (Outcome::Silent, _) => false,
        (Outcome::Closed, expected) => expected != Expected::Reported,
        (Outcome::Responded(response), Expected::Refused) => (400..500).contains(&response.status),
        (Outcome::Responded(response), Expected::Reported) => {
            (response.status == 200 || (400..500).contains(&response.status)) && response.text().contains("\"errors\":")
        }
        (Outcome::Responded(_), Expected::Any) => true,
    };
    if let Outcome::Responded(response) = &outcome {
        let name = case.name.as_str();
        if let Err(panic) = std::panic::catch_unwind(|| assert_allowed(name, &case.bytes, response)) {
            let message = panic.downcast_ref::<String>().cloned();
            return Some(message.unwrap_or_else(|| format!("{}: not allowed", case.name)));
        }
    }
    (!is_allowed).then(|| format!("{}: expected {:?}, got {outcome:?}", case.name, case.expected))
}
