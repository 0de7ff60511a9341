//! Authentication, authorization, and the messages of refusals.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use clap::{CommandFactory as _, Parser as _};

use super::{Access, AccessConfig, AccessProblem, Identity, MAX_CREDENTIALS, Principal, Role, key::NewKey, keys, problem};
use crate::store::{DatabaseUrl, Store};

async fn store() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("test.db"))).await.unwrap();
    (store, folder)
}

fn with_tokens(issuer: Option<&str>, audience: Option<&str>, jwks: Option<&str>) -> AccessConfig {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    AccessConfig {
        jwt_issuer: owned(issuer),
        jwt_audience: owned(audience),
        jwt_jwks: owned(jwks),
        ..AccessConfig::default()
    }
}

#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    access: AccessConfig,
}

#[test]
fn nothing_is_required_or_limited_by_default() {
    Arguments::command().debug_assert();
    let AccessConfig {
        jwt_issuer: None,
        jwt_audience: None,
        jwt_jwks: None,
        jwt_role_claim,
        require_role: None,
        introspection_role: None,
        playground_role: None,
        rate_limit: 0,
        rate_limit_signed_in: 0,
    } = Arguments::parse_from(["dermagraph"]).access
    else {
        panic!("something is set by default")
    };
    assert_eq!(jwt_role_claim, AccessConfig::default().jwt_role_claim);
    let set = Arguments::parse_from(["dermagraph", "--require-role", "publisher", "--rate-limit", "600"]).access;
    assert_eq!((set.require_role, set.rate_limit), (Some(Role::Publisher), 600));
}

#[tokio::test]
async fn contradicting_settings_are_refused_by_name() {
    let (store, _folder) = store().await;
    let refused = async |config: AccessConfig| Access::open(&config, &store).await.err().unwrap().to_string();
    let together = "set --jwt-issuer, --jwt-audience and --jwt-jwks together, or none of them";
    assert_eq!(refused(with_tokens(None, None, Some("x"))).await, format!("--jwt-jwks requires --jwt-issuer: {together}"));
    assert_eq!(
        refused(with_tokens(Some("x"), Some("x"), None)).await,
        format!("--jwt-issuer requires --jwt-jwks: {together}")
    );
    assert_eq!(
        refused(with_tokens(Some("x"), Some(""), Some("x"))).await,
        format!("--jwt-issuer requires --jwt-audience: {together}")
    );
    assert_eq!(refused(with_tokens(Some(""), None, None)).await, format!("--jwt-issuer is empty: {together}"));
    assert_eq!(refused(with_tokens(None, Some(""), Some(""))).await, format!("--jwt-audience is empty: {together}"));
    assert_eq!(refused(with_tokens(Some(""), Some(""), Some(""))).await, format!("--jwt-issuer is empty: {together}"));
    let secret = with_tokens(Some("x"), Some("x"), Some("https://u:hunter2@issuer.example/keys"));
    assert_eq!(refused(secret).await, "--jwt-jwks: the URL of a key set must not contain a user or a password");
    let nameless = AccessConfig { jwt_role_claim: String::new(), ..with_tokens(Some("x"), Some("x"), Some("x")) };
    assert_eq!(refused(nameless).await, "--jwt-role-claim is empty; set the name of a claim");
}

#[tokio::test]
async fn a_header_that_is_not_a_valid_bearer_credential_is_refused() {
    let (store, _folder) = store().await;
    let key = keys::create(&store, "test", Role::Editor, None).await.unwrap();
    let access = Access::open(&AccessConfig::default(), &store).await.unwrap();
    assert_eq!(access.authenticate(None).await, Ok(Principal::ANONYMOUS));
    let identity = Identity::Key { id: key.listed.id.clone(), name: "test".to_owned() };
    for scheme in ["Bearer", "bearer", "BEARER "] {
        let principal = access.authenticate(Some(&format!("{scheme} {}", key.text))).await.unwrap();
        assert_eq!(principal, Principal { identity: identity.clone(), role: Some(Role::Editor) });
    }
    let stranger = NewKey::random().unwrap().text;
    let invalid = [
        "",
        "Bearer",
        "Bearer ",
        &key.text,
        "Basic dTpodW50ZXIy",
        "Bearer dg_",
        &format!("Bearer {stranger}"),
        "Bearer a.b.c",
        // Valid except for its length.
        &format!("Bearer {}{}", " ".repeat(10_000), key.text),
    ];
    for header in invalid {
        let problem = access.authenticate(Some(header)).await.unwrap_err();
        assert_eq!(problem.code, AccessProblem::UNAUTHENTICATED, "{header}");
        assert!(problem.message.ends_with('.'), "{problem}");
    }
    assert!(problem::TOO_LONG.message.contains(&MAX_CREDENTIALS.to_string()));
}

#[tokio::test]
async fn neither_messages_nor_logs_repeat_a_credential() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    // A second dispatcher is needed: with only one, `tracing` disables an event for all threads if a thread without a
    // dispatcher reaches it first.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let (store, folder) = store().await;
    let key = keys::create(&store, "test", Role::Reader, None).await.unwrap();
    let (_, secret) = key.text.rsplit_once('_').map(|_| key.text.split_at(16)).unwrap();
    let jwks = folder.path().join("jwks.json");
    std::fs::write(&jwks, r#"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}"#).unwrap();
    let config = with_tokens(Some("x"), Some("x"), jwks.to_str());
    let access = Access::open(&config, &store).await.unwrap();
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJodW50ZXIyIjoiaHVudGVyMiJ9.aHVudGVyMg";
    let (changed, garbled) = (format!("{}A", key.text), format!("{}!", key.text));
    for credential in [&key.text, &changed, &garbled, token, "hunter2"] {
        if let Err(problem) = access.authenticate(Some(&format!("Bearer {credential}"))).await {
            let said = format!("{problem} {problem:?}");
            assert!(!said.contains(secret) && !said.contains("hunter2") && !said.contains("aHVudGVyMg"), "{said}");
        }
    }
    let known =
        format!("{:?} {:?}", access.authenticate(Some(&format!("Bearer {}", key.text))).await, keys::list(&store).await);
    assert!(known.contains(&key.listed.id) && !known.contains(secret));
    keys::revoke(&store, &key.text).await.unwrap();
    for wrong in [&key.text, &changed, "hunter2"] {
        let failure = keys::revoke(&store, wrong).await.unwrap_err();
        let said = format!("{failure} {failure:?}");
        assert!(!said.contains(secret) && !said.contains("hunter2"), "{said}");
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a token is refused"), "the expected line is not logged: {logged}");
    assert!(!logged.contains(secret) && !logged.contains("hunter2") && !logged.contains("aHVudGVyMg"), "{logged}");
}

#[test]
fn a_missing_or_too_low_role_is_refused() {
    let principal = |role| Principal { identity: Identity::Token { subject: "somebody".to_owned() }, role: Some(role) };
    assert_eq!(Access::require(&Principal::ANONYMOUS, None), Ok(()));
    assert_eq!(Access::require(&principal(Role::Reader), None), Ok(()));
    assert_eq!(Access::require(&principal(Role::Editor), Some(Role::Editor)), Ok(()));
    assert_eq!(Access::require(&principal(Role::Admin), Some(Role::Editor)), Ok(()));
    let anonymous = Access::require(&Principal::ANONYMOUS, Some(Role::Reader)).unwrap_err();
    assert_eq!(anonymous.code, "UNAUTHENTICATED");
    let low = Access::require(&principal(Role::Reader), Some(Role::Editor)).unwrap_err();
    assert_eq!((low.code, low.to_string().as_str()), ("FORBIDDEN", "This requires the role editor; yours is reader."));
}

#[tokio::test]
async fn the_required_roles_can_be_configured() {
    let (store, _folder) = store().await;
    let open = Access::open(&AccessConfig::default(), &store).await.unwrap();
    let anyone = Principal::ANONYMOUS;
    assert!(
        [open.may_read(&anyone), open.may_introspect(&anyone), open.may_open_playground(&anyone)].iter().all(Result::is_ok)
    );
    let config = AccessConfig {
        require_role: Some(Role::Reader),
        introspection_role: Some(Role::Editor),
        playground_role: Some(Role::Admin),
        ..AccessConfig::default()
    };
    let closed = Access::open(&config, &store).await.unwrap();
    let editor = Principal { identity: Identity::Token { subject: "somebody".to_owned() }, role: Some(Role::Editor) };
    assert!(closed.may_read(&anyone).is_err() && closed.may_read(&editor).is_ok());
    assert!(closed.may_introspect(&anyone).is_err() && closed.may_introspect(&editor).is_ok());
    assert!(closed.may_open_playground(&editor).is_err());
}

/// The log of a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
