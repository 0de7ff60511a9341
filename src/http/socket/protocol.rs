//! The protocol `graphql-transport-ws`, free of sockets: what a message leads to.
//!
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::collections::HashSet;

use serde_json::json;

use super::{
    goodbye::Goodbye,
    message::{self, Authorization, Incoming},
};
use crate::schema::GraphqlRequest;

/// More operations at once than one socket may run.
const TOO_MANY_OPERATIONS: &str = "TOO_MANY_OPERATIONS";

/// What a socket has to do now.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Decide whether the client is let in, and then call [`Protocol::acknowledge`] or close.
    Admit { authorization: Option<String> },
    /// Send this.
    Send(String),
    /// Run this, and call [`Protocol::finish`] when it has ended.
    Start { id: String, request: Box<GraphqlRequest> },
    /// Run this no longer.
    Stop { id: String },
    /// Close.
    Close(Goodbye),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was said yet.
    Opened,
    /// The client asked to be let in.
    Asked,
    /// It is in.
    Acknowledged,
}

/// The state of one socket.
pub struct Protocol {
    state: State,
    running: HashSet<String>,
    max_operations: usize,
}

impl Protocol {
    /// A socket that was just opened.
    pub fn new(max_operations: usize) -> Self {
        Self { state: State::Opened, running: HashSet::new(), max_operations }
    }

    /// What a text message leads to.
    pub fn receive(&mut self, text: &str) -> Action {
        match message::read(text) {
            Err(wrong) => Action::Close(Goodbye::invalid(wrong)),
            Ok(Incoming::Init { .. }) if self.state != State::Opened => Action::Close(Goodbye::SECOND_INIT),
            Ok(Incoming::Init { authorization: Authorization::Unreadable }) => Action::Close(Goodbye::FORBIDDEN),
            Ok(Incoming::Init { authorization }) => {
                self.state = State::Asked;
                let authorization = if let Authorization::Given(text) = authorization { Some(text) } else { None };
                Action::Admit { authorization }
            }
            Ok(Incoming::Ping { payload }) => Action::Send(message::pong(payload.as_deref())),
            Ok(Incoming::Pong) => Action::Nothing,
            Ok(Incoming::Subscribe { id, request }) => self.subscribe(id, request),
            // It may have ended in the same moment; then there is nothing to stop.
            Ok(Incoming::Complete { id }) if !self.running.remove(&id) => Action::Nothing,
            Ok(Incoming::Complete { id }) => Action::Stop { id },
        }
    }

    /// The client is let in; what is to be sent.
    pub fn acknowledge(&mut self) -> String {
        self.state = State::Acknowledged;
        message::ACK.to_owned()
    }

    /// Whether the client still has to ask to be let in.
    pub fn is_waiting(&self) -> bool {
        self.state == State::Opened
    }

    /// An operation has ended: its id is free again.
    pub fn finish(&mut self, id: &str) {
        self.running.remove(id);
    }

    fn subscribe(&mut self, id: String, request: Box<GraphqlRequest>) -> Action {
        if self.state != State::Acknowledged {
            return Action::Close(Goodbye::UNAUTHORIZED);
        }
        if self.running.contains(&id) {
            return Action::Close(Goodbye::taken(&id));
        }
        if self.running.len() >= self.max_operations {
            let message = format!("This socket runs {} operations already; end one before.", self.max_operations);
            let errors = json!([{"message": message, "extensions": {"code": TOO_MANY_OPERATIONS}}]);
            return Action::Send(message::error(&id, &errors));
        }
        self.running.insert(id.clone());
        Action::Start { id, request }
    }
}
