//! The protocol without a socket.

use serde_json::{Value as Json, json};

use crate::{
    access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES, Principal},
    http::{
        gate::ReadCharge,
        response::HttpRefusal,
        socket::{
            close_reason::CloseReason,
            message,
            protocol::{Action, Protocol},
        },
    },
};

const QUERY: &str = r#"{"id":"1","type":"subscribe","payload":{"query":"{ x }"}}"#;

/// Charges a message to a budget of `points` per minute; 0 means no budget.
fn charge(points: u32) -> Result<ReadCharge, HttpRefusal> {
    let account =
        Accounts::new(Limiter::new(points, points), 0).of(Client::of(&Principal::ANONYMOUS, [127, 0, 0, 1].into()));
    ReadCharge::new(&account, 200_000).map_err(HttpRefusal::from)
}

impl Protocol {
    /// Receives a message that is charged successfully.
    fn receive_charged(&mut self, text: &str) -> Action {
        self.receive_text(text, charge(0))
    }

    /// Receives a message with the result of its charge.
    fn receive_text(&mut self, text: &str, charge: Result<ReadCharge, HttpRefusal>) -> Action {
        let account = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(Client::at([127, 0, 0, 1].into()));
        let (message, _) = message::parse(text, &account, charge.is_ok() && self.may_start()).expect("memory");
        self.receive(message, charge)
    }
}

/// Returns a protocol whose client is admitted.
fn ready(max_operations: usize) -> Protocol {
    let mut protocol = Protocol::new(max_operations);
    assert!(matches!(protocol.receive_charged(r#"{"type":"connection_init"}"#), Action::Admit { authorization: None }));
    assert_eq!(protocol.acknowledge(), r#"{"type":"connection_ack"}"#);
    protocol
}

fn subscribe(id: &str) -> String {
    json!({"id": id, "type": "subscribe", "payload": {"query": "{ x }"}}).to_string()
}

fn closes(action: Action) -> CloseReason {
    match action {
        Action::Close(reason) => reason,
        other => panic!("the socket stays open: {other:?}"),
    }
}

fn sent(action: Action) -> Json {
    match action {
        Action::Send(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("nothing is sent: {other:?}"),
    }
}

fn refused(action: Action) -> (String, &'static str, String) {
    match action {
        Action::Refuse { id, code, message } => (id, code, message.into_owned()),
        other => panic!("the operation is not refused: {other:?}"),
    }
}

#[test]
fn without_budget_operations_are_refused_and_other_messages_are_processed() {
    let mut protocol = ready(2);
    assert!(matches!(protocol.receive_charged(QUERY), Action::Start { .. }));
    let without_budget = || charge(1);
    assert_eq!(refused(protocol.receive_text(&subscribe("2"), without_budget())).1, "RATE_LIMITED");
    assert_eq!(closes(protocol.receive_text(QUERY, without_budget())), CloseReason::id_in_use("1"));
    assert_eq!(sent(protocol.receive_text(r#"{"type":"ping"}"#, without_budget())), json!({"type": "pong"}));
    assert!(
        matches!(protocol.receive_text(r#"{"id":"1","type":"complete"}"#, without_budget()), Action::Stop { id } if id == "1")
    );
    assert!(matches!(protocol.receive_charged(&subscribe("2")), Action::Start { .. }));
}

#[test]
fn the_payload_of_a_ping_has_a_maximum_length() {
    let ping = |length: usize| format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "x".repeat(length - 8));
    assert!(matches!(Protocol::new(1).receive_charged(&ping(1024)), Action::Send(text) if text.len() > 1024));
    assert_eq!(closes(Protocol::new(1).receive_charged(&ping(1025))).code, 4400);
}

#[test]
fn connection_init_may_contain_credentials() {
    for (payload, expected) in [
        (json!(null), None),
        (json!({}), None),
        (json!({"authorization": null}), None),
        (json!({"authorization": "Bearer x"}), Some("Bearer x")),
        (json!({"Authorization": "Bearer y", "any": []}), Some("Bearer y")),
    ] {
        let mut protocol = Protocol::new(1);
        assert!(protocol.awaits_init());
        let message = json!({"type": "connection_init", "payload": payload}).to_string();
        let Action::Admit { authorization } = protocol.receive_charged(&message) else { panic!("{message}") };
        assert_eq!(authorization.as_deref(), expected);
        assert!(!protocol.awaits_init());
    }
}

#[test]
fn malformed_credentials_do_not_count_as_no_credentials() {
    for payload in [
        r#"{"authorization": 5}"#,
        r#"{"Authorization": ["Bearer x"]}"#,
        r#"{"authorization": {}}"#,
        r#"{"authorization": true}"#,
        r#"{"authorization": "Bearer x", "Authorization": "Bearer y"}"#,
        r#"{"authorization": "Bearer x", "authorization": "Bearer x"}"#,
    ] {
        let message = format!(r#"{{"type": "connection_init", "payload": {payload}}}"#);
        assert_eq!(closes(Protocol::new(1).receive_charged(&message)), CloseReason::FORBIDDEN, "{payload}");
    }
}

#[test]
fn no_operation_runs_before_the_client_is_admitted() {
    assert_eq!(closes(Protocol::new(1).receive_charged(QUERY)), CloseReason::UNAUTHORIZED);
    let mut initialising = Protocol::new(1);
    initialising.receive_charged(r#"{"type":"connection_init"}"#);
    assert_eq!(closes(initialising.receive_charged(QUERY)), CloseReason::UNAUTHORIZED);
    let mut again = Protocol::new(1);
    again.receive_charged(r#"{"type":"connection_init"}"#);
    assert_eq!(closes(again.receive_charged(r#"{"type":"connection_init"}"#)), CloseReason::SECOND_INIT);
    assert_eq!(closes(ready(1).receive_charged(r#"{"type":"connection_init"}"#)), CloseReason::SECOND_INIT);
}

#[test]
fn a_request_has_all_parameters_of_its_message() {
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": "ab".repeat(32)}});
    let payload = json!({"query": "{ x }", "operationName": "", "variables": {"a": [1]}, "extensions": extensions});
    let message = json!({"id": "é", "type": "subscribe", "payload": payload}).to_string();
    let Action::Start { id, request, .. } = ready(1).receive_charged(&message) else {
        panic!("the operation does not start")
    };
    assert_eq!((id.as_str(), request.document.as_deref(), request.operation_name), ("é", Some("{ x }"), None));
    assert_eq!(
        (request.document_id.as_deref(), Json::from(request.variables)),
        (Some("ab".repeat(32).as_str()), json!({"a": [1]}))
    );
    let by_id =
        json!({"id": "1", "type": "subscribe", "payload": {"documentId": "cd", "variables": null, "operationName": "A"}});
    let Action::Start { request, .. } = ready(1).receive_charged(&by_id.to_string()) else {
        panic!("the operation does not start")
    };
    assert_eq!((request.document, request.document_id.as_deref()), (None, Some("cd")));
    assert_eq!(request.operation_name.as_deref(), Some("A"));
}

#[test]
fn an_id_is_in_use_until_its_operation_has_ended() {
    let mut protocol = ready(3);
    assert!(matches!(protocol.receive_charged(&subscribe("1")), Action::Start { .. }));
    assert!(matches!(protocol.receive_charged(r#"{"id":"1","type":"complete"}"#), Action::Stop { id } if id == "1"));
    assert!(matches!(protocol.receive_charged(r#"{"id":"1","type":"complete"}"#), Action::Nothing));
    assert!(matches!(protocol.receive_charged(&subscribe("1")), Action::Start { .. }));
    protocol.finish("1");
    assert!(matches!(protocol.receive_charged(&subscribe("1")), Action::Start { .. }));
    assert_eq!(closes(protocol.receive_charged(&subscribe("1"))), CloseReason::id_in_use("1"));
}

#[test]
fn an_operation_beyond_the_maximum_is_refused() {
    let mut protocol = ready(1);
    assert!(matches!(protocol.receive_charged(&subscribe("1")), Action::Start { .. }));
    let message = "This socket already runs 1 operation. Complete one first.";
    assert_eq!(
        refused(protocol.receive_charged(&subscribe("2"))),
        ("2".to_owned(), "TOO_MANY_OPERATIONS", message.to_owned())
    );
    let unread = r#"{"id":"2","type":"subscribe","payload":{"query":5}}"#;
    assert_eq!(refused(protocol.receive_charged(unread)).1, "TOO_MANY_OPERATIONS", "its request is not parsed");
    protocol.finish("1");
    assert!(matches!(protocol.receive_charged(&subscribe("2")), Action::Start { .. }));
}

#[test]
fn an_id_has_a_maximum_length() {
    assert!(matches!(ready(1).receive_charged(&subscribe(&"x".repeat(128))), Action::Start { .. }));
    for id in [String::new(), "x".repeat(129)] {
        assert_eq!(closes(ready(1).receive_charged(&subscribe(&id))).code, 4400);
    }
}

#[test]
fn pings_get_pongs_at_any_time() {
    for mut protocol in [Protocol::new(1), ready(1)] {
        assert_eq!(sent(protocol.receive_charged(r#"{"type":"ping"}"#)), json!({"type": "pong"}));
        let payload = json!({"a": {"b": 1}});
        let ping = json!({"type": "ping", "payload": payload}).to_string();
        assert_eq!(sent(protocol.receive_charged(&ping)), json!({"type": "pong", "payload": payload}));
        assert!(matches!(protocol.receive_charged(r#"{"type":"pong","payload":{}}"#), Action::Nothing));
    }
}

proptest::proptest! {
    #[test]
    fn an_invalid_message_closes_the_socket_with_a_short_reason(text in ".{0,200}") {
        let reason = closes(ready(1).receive_charged(&text));
        assert_eq!(reason.code, 4400);
        assert!((1..=123).contains(&reason.reason.len()));
    }
}
