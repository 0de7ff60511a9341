//! The protocol `graphql-transport-ws`, free of sockets: what a message leads to.
//!
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::{borrow::Cow, collections::HashSet};

use serde_json::value::RawValue;

use super::{
    goodbye::CloseReason,
    message::{self, Authorization, ClientMessage},
};
use crate::{
    http::{gate::ReadCharge, refusal::HttpRefusal},
    schema::GraphqlRequest,
};

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
    Start { id: String, request: Box<GraphqlRequest>, paid: ReadCharge },
    /// Tell that this is not run.
    Refuse { id: String, code: &'static str, message: Cow<'static, str> },
    /// Run this no longer.
    Stop { id: String },
    /// Close.
    Close(CloseReason),
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

    /// What a text message leads to, which is paid for, or is not. An operation that is not paid for is refused; other messages take
    /// no work.
    pub fn receive(&mut self, text: &str, paid: Result<ReadCharge, HttpRefusal>) -> Action {
        match message::read(text) {
            Err(wrong) => Action::Close(CloseReason::invalid(wrong)),
            Ok(ClientMessage::Init { .. }) if self.state != State::Opened => Action::Close(CloseReason::SECOND_INIT),
            Ok(ClientMessage::Init { authorization: Authorization::Unreadable }) => Action::Close(CloseReason::FORBIDDEN),
            Ok(ClientMessage::Init { authorization }) => {
                self.state = State::Asked;
                let authorization = if let Authorization::Given(text) = authorization { Some(text) } else { None };
                Action::Admit { authorization }
            }
            Ok(ClientMessage::Ping { payload }) => Action::Send(message::pong(payload)),
            Ok(ClientMessage::Pong) => Action::Nothing,
            Ok(ClientMessage::Subscribe { id, payload }) => self.subscribe(id, payload, paid),
            // It may have ended in the same moment; then there is nothing to stop.
            Ok(ClientMessage::Complete { id }) if !self.running.remove(&id) => Action::Nothing,
            Ok(ClientMessage::Complete { id }) => Action::Stop { id },
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

    /// The request is read last, so that one that is not run costs no more than other messages.
    fn subscribe(&mut self, id: String, payload: &RawValue, paid: Result<ReadCharge, HttpRefusal>) -> Action {
        if self.state != State::Acknowledged {
            return Action::Close(CloseReason::UNAUTHORIZED);
        }
        if self.running.contains(&id) {
            return Action::Close(CloseReason::taken(&id));
        }
        let paid = match paid {
            Ok(paid) => paid,
            Err(HttpRefusal { code, message, .. }) => return Action::Refuse { id, code, message },
        };
        if self.running.len() >= self.max_operations {
            let message = format!("This socket runs {} operations already; end one before.", self.max_operations);
            return Action::Refuse { id, code: TOO_MANY_OPERATIONS, message: message.into() };
        }
        let request = match message::request(payload) {
            Ok(request) => Box::new(request),
            Err(wrong) => return Action::Close(CloseReason::invalid(wrong)),
        };
        self.running.insert(id.clone());
        Action::Start { id, request, paid }
    }
}
