//! The protocol without a socket.

use serde_json::{Value as Json, json};

use crate::{
    access::{Accounts, Client, Limiter, Principal},
    http::{
        gate::Paid,
        refused::Refused,
        socket::{
            goodbye::Goodbye,
            protocol::{Action, Protocol},
        },
    },
};

const QUERY: &str = r#"{"id":"1","type":"subscribe","payload":{"query":"{ x }"}}"#;

/// What a message is paid by: a point of a budget of so many.
fn paid(points: u32) -> Result<Paid, Refused> {
    let account =
        Accounts::new(Limiter::new(points, points), 0).of(Client::of(&Principal::ANONYMOUS, [127, 0, 0, 1].into()));
    Paid::by(&account, 200_000).map_err(Refused::from)
}

impl Protocol {
    /// What a message leads to that is paid for.
    fn hears(&mut self, text: &str) -> Action {
        self.receive(text, paid(0))
    }
}

/// A protocol whose client was let in.
fn ready(max_operations: usize) -> Protocol {
    let mut protocol = Protocol::new(max_operations);
    assert!(matches!(protocol.hears(r#"{"type":"connection_init"}"#), Action::Admit { authorization: None }));
    assert_eq!(protocol.acknowledge(), r#"{"type":"connection_ack"}"#);
    protocol
}

fn subscribe(id: &str) -> String {
    json!({"id": id, "type": "subscribe", "payload": {"query": "{ x }"}}).to_string()
}

fn closes(action: Action) -> Goodbye {
    match action {
        Action::Close(goodbye) => goodbye,
        other => panic!("it stays open: {other:?}"),
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
        other => panic!("it is not refused: {other:?}"),
    }
}

#[test]
fn an_operation_that_is_not_paid_for_is_refused_and_other_messages_are_heard() {
    let mut protocol = ready(2);
    assert!(matches!(protocol.hears(QUERY), Action::Start { .. }));
    let unpaid = || paid(1);
    assert_eq!(refused(protocol.receive(&subscribe("2"), unpaid())).1, "RATE_LIMITED");
    assert_eq!(closes(protocol.receive(QUERY, unpaid())), Goodbye::taken("1"));
    assert_eq!(sent(protocol.receive(r#"{"type":"ping"}"#, unpaid())), json!({"type": "pong"}));
    assert!(matches!(protocol.receive(r#"{"id":"1","type":"complete"}"#, unpaid()), Action::Stop { id } if id == "1"));
    assert!(matches!(protocol.hears(&subscribe("2")), Action::Start { .. }));
}

#[test]
fn what_a_ping_has_sent_back_has_a_length() {
    let ping = |length: usize| format!(r#"{{"type":"ping","payload":{{"a":"{}"}}}}"#, "x".repeat(length - 8));
    assert!(matches!(Protocol::new(1).hears(&ping(1024)), Action::Send(text) if text.len() > 1024));
    assert_eq!(closes(Protocol::new(1).hears(&ping(1025))).code, 4400);
}

#[test]
fn what_lets_a_client_in_may_come_with_its_first_message() {
    for (payload, expected) in [
        (json!(null), None),
        (json!({}), None),
        (json!({"authorization": null}), None),
        (json!({"authorization": "Bearer x"}), Some("Bearer x")),
        (json!({"Authorization": "Bearer y", "any": []}), Some("Bearer y")),
    ] {
        let mut protocol = Protocol::new(1);
        assert!(protocol.is_waiting());
        let message = json!({"type": "connection_init", "payload": payload}).to_string();
        let Action::Admit { authorization } = protocol.hears(&message) else { panic!("{message}") };
        assert_eq!(authorization.as_deref(), expected);
        assert!(!protocol.is_waiting());
    }
}

#[test]
fn a_credential_that_cannot_be_read_does_not_pass_for_none() {
    for payload in [
        r#"{"authorization": 5}"#,
        r#"{"Authorization": ["Bearer x"]}"#,
        r#"{"authorization": {}}"#,
        r#"{"authorization": true}"#,
        r#"{"authorization": "Bearer x", "Authorization": "Bearer y"}"#,
        r#"{"authorization": "Bearer x", "authorization": "Bearer x"}"#,
    ] {
        let message = format!(r#"{{"type": "connection_init", "payload": {payload}}}"#);
        assert_eq!(closes(Protocol::new(1).hears(&message)), Goodbye::FORBIDDEN, "{payload}");
    }
}

#[test]
fn nothing_runs_before_the_client_is_let_in() {
    assert_eq!(closes(Protocol::new(1).hears(QUERY)), Goodbye::UNAUTHORIZED);
    let mut asked = Protocol::new(1);
    asked.hears(r#"{"type":"connection_init"}"#);
    assert_eq!(closes(asked.hears(QUERY)), Goodbye::UNAUTHORIZED);
    let mut again = Protocol::new(1);
    again.hears(r#"{"type":"connection_init"}"#);
    assert_eq!(closes(again.hears(r#"{"type":"connection_init"}"#)), Goodbye::SECOND_INIT);
    assert_eq!(closes(ready(1).hears(r#"{"type":"connection_init"}"#)), Goodbye::SECOND_INIT);
}

#[test]
fn a_request_has_all_that_was_sent() {
    let payload = json!({"query": "{ x }", "operationName": "", "variables": {"a": [1]}, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab".repeat(32)}}});
    let message = json!({"id": "é", "type": "subscribe", "payload": payload}).to_string();
    let Action::Start { id, request, .. } = ready(1).hears(&message) else { panic!("it is not run") };
    assert_eq!((id.as_str(), request.document.as_deref(), request.operation_name), ("é", Some("{ x }"), None));
    assert_eq!(
        (request.document_id.as_deref(), Json::from(request.variables)),
        (Some("ab".repeat(32).as_str()), json!({"a": [1]}))
    );
    let by_id =
        json!({"id": "1", "type": "subscribe", "payload": {"documentId": "cd", "variables": null, "operationName": "A"}});
    let Action::Start { request, .. } = ready(1).hears(&by_id.to_string()) else { panic!("it is not run") };
    assert_eq!((request.document, request.document_id.as_deref()), (None, Some("cd")));
    assert_eq!(request.operation_name.as_deref(), Some("A"));
}

#[test]
fn an_id_is_in_use_until_its_operation_has_ended() {
    let mut protocol = ready(3);
    assert!(matches!(protocol.hears(&subscribe("1")), Action::Start { .. }));
    assert!(matches!(protocol.hears(r#"{"id":"1","type":"complete"}"#), Action::Stop { id } if id == "1"));
    assert!(matches!(protocol.hears(r#"{"id":"1","type":"complete"}"#), Action::Nothing));
    assert!(matches!(protocol.hears(&subscribe("1")), Action::Start { .. }));
    protocol.finish("1");
    assert!(matches!(protocol.hears(&subscribe("1")), Action::Start { .. }));
    assert_eq!(closes(protocol.hears(&subscribe("1"))), Goodbye::taken("1"));
}

#[test]
fn an_operation_too_many_is_an_error_of_that_operation() {
    let mut protocol = ready(1);
    assert!(matches!(protocol.hears(&subscribe("1")), Action::Start { .. }));
    let message = "This socket runs 1 operations already; end one before.";
    assert_eq!(refused(protocol.hears(&subscribe("2"))), ("2".to_owned(), "TOO_MANY_OPERATIONS", message.to_owned()));
    let unread = r#"{"id":"2","type":"subscribe","payload":{"query":5}}"#;
    assert_eq!(refused(protocol.hears(unread)).1, "TOO_MANY_OPERATIONS", "it costs no more than its length");
    protocol.finish("1");
    assert!(matches!(protocol.hears(&subscribe("2")), Action::Start { .. }));
}

#[test]
fn an_id_has_a_length() {
    assert!(matches!(ready(1).hears(&subscribe(&"x".repeat(128))), Action::Start { .. }));
    for id in [String::new(), "x".repeat(129)] {
        assert_eq!(closes(ready(1).hears(&subscribe(&id))).code, 4400);
    }
}

#[test]
fn pings_are_answered_at_any_time() {
    for mut protocol in [Protocol::new(1), ready(1)] {
        assert_eq!(sent(protocol.hears(r#"{"type":"ping"}"#)), json!({"type": "pong"}));
        let payload = json!({"a": {"b": 1}});
        let ping = json!({"type": "ping", "payload": payload}).to_string();
        assert_eq!(sent(protocol.hears(&ping)), json!({"type": "pong", "payload": payload}));
        assert!(matches!(protocol.hears(r#"{"type":"pong","payload":{}}"#), Action::Nothing));
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_no_message_closes_with_a_reason_that_fits(text in ".{0,200}") {
        let goodbye = closes(ready(1).hears(&text));
        assert_eq!(goodbye.code, 4400);
        assert!((1..=123).contains(&goodbye.reason.len()));
    }
}
