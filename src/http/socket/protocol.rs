//! The rules of `graphql-transport-ws`, independent of any socket: which action follows from a message.
//!
//! Protocol: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::{borrow::Cow, collections::HashSet};

use super::{
    close_reason::CloseReason,
    message::{self, ClientMessage, ParsedRequest, ReadMessage},
};
use crate::{
    http::{gate::ReadCharge, response::HttpRefusal},
    plural,
    schema::GraphqlRequest,
};

/// The socket runs the maximum of operations already.
const TOO_MANY_OPERATIONS: &str = "TOO_MANY_OPERATIONS";

/// What the session has to do after a message.
#[derive(Debug)]
pub enum Action {
    /// There is nothing to do.
    Nothing,
    /// Verify the credentials. Then call [`Protocol::acknowledge`], or close the socket.
    Admit { authorization: Option<String> },
    /// Send this message.
    Send(String),
    /// Run this operation. Call [`Protocol::finish`] when it has ended.
    Start { id: String, request: Box<GraphqlRequest>, charge: ReadCharge },
    /// Send the client an error: this operation is refused.
    Refuse { id: String, code: &'static str, message: Cow<'static, str> },
    /// End this operation.
    Stop { id: String },
    /// Close the socket with this reason.
    Close(CloseReason),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The client has not sent `connection_init` yet.
    Opened,
    /// The client has sent `connection_init` and is not admitted yet.
    Initialising,
    /// The client is admitted.
    Acknowledged,
}

/// The state of one socket.
pub struct Protocol {
    state: State,
    running: HashSet<String>,
    max_operations: usize,
}

impl Protocol {
    /// Creates the state of a new socket.
    pub fn new(max_operations: usize) -> Self {
        Self { state: State::Opened, running: HashSet::new(), max_operations }
    }

    /// Reports whether the client may start an operation now. If not, the request in a message need not be parsed.
    pub fn may_start(&self) -> bool {
        self.state == State::Acknowledged && self.running.len() < self.max_operations
    }

    /// Returns the action after a text message. If `charge` is a refusal, a new operation is refused, so its request need
    /// not be parsed. Other messages are still processed, because they cause little work.
    pub fn receive(&mut self, message: ReadMessage, charge: Result<ReadCharge, HttpRefusal>) -> Action {
        match message {
            Err(reason) => Action::Close(CloseReason::invalid(reason)),
            Ok(ClientMessage::Init { .. }) if self.state != State::Opened => Action::Close(CloseReason::SECOND_INIT),
            Ok(ClientMessage::Init { authorization: Err(_) }) => Action::Close(CloseReason::FORBIDDEN),
            Ok(ClientMessage::Init { authorization: Ok(authorization) }) => {
                self.state = State::Initialising;
                Action::Admit { authorization }
            }
            Ok(ClientMessage::Ping { payload }) => Action::Send(message::pong(payload.as_deref())),
            Ok(ClientMessage::Pong) => Action::Nothing,
            Ok(ClientMessage::Subscribe { id, request }) => self.subscribe(id, request, charge),
            // The operation may have ended meanwhile.
            Ok(ClientMessage::Complete { id }) if !self.running.remove(&id) => Action::Nothing,
            Ok(ClientMessage::Complete { id }) => Action::Stop { id },
        }
    }

    /// Records that the client is admitted. Returns the message to send.
    pub fn acknowledge(&mut self) -> String {
        self.state = State::Acknowledged;
        message::ACK.to_owned()
    }

    /// Reports whether the client still has to send `connection_init`.
    pub fn awaits_init(&self) -> bool {
        self.state == State::Opened
    }

    /// Records that an operation has ended. Its id is free again.
    pub fn finish(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// Starts or refuses an operation.
    fn subscribe(&mut self, id: String, request: Option<ParsedRequest>, charge: Result<ReadCharge, HttpRefusal>) -> Action {
        if self.state != State::Acknowledged {
            return Action::Close(CloseReason::UNAUTHORIZED);
        }
        if self.running.contains(&id) {
            return Action::Close(CloseReason::id_in_use(&id));
        }
        let charge = match charge {
            Ok(charge) => charge,
            Err(HttpRefusal { code, message, .. }) => return Action::Refuse { id, code, message },
        };
        if self.running.len() >= self.max_operations {
            let running = plural::count(self.max_operations, "operation");
            let message = format!("This socket already runs {running}. Complete one first.");
            return Action::Refuse { id, code: TOO_MANY_OPERATIONS, message: message.into() };
        }
        let request = match request {
            Some(Ok(request)) => request,
            Some(Err(reason)) => return Action::Close(CloseReason::invalid(reason)),
            None => return Action::Close(CloseReason::TRY_AGAIN),
        };
        self.running.insert(id.clone());
        Action::Start { id, request, charge }
    }
}
