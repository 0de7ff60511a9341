//! Who comes in, what they may, and what is said to those who may not.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use clap::{CommandFactory as _, Parser as _};

use super::{Access, AccessConfig, AccessProblem, Caller, Role, Who, key::NewKey, keys};
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
fn nothing_is_asked_of_anybody_unless_it_is_set() {
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
async fn settings_that_do_not_go_together_are_refused_by_name() {
    let (store, _folder) = store().await;
    let refused = async |config: AccessConfig| Access::open(&config, &store).await.err().unwrap().to_string();
    let together = "tokens are accepted with all three or not at all";
    assert_eq!(refused(with_tokens(None, None, Some("x"))).await, format!("--jwt-jwks needs --jwt-issuer: {together}"));
    assert_eq!(refused(with_tokens(Some("x"), Some("x"), None)).await, format!("--jwt-issuer needs --jwt-jwks: {together}"));
    assert_eq!(
        refused(with_tokens(Some("x"), Some(""), Some("x"))).await,
        format!("--jwt-issuer needs --jwt-audience: {together}")
    );
    let secret = with_tokens(Some("x"), Some("x"), Some("https://u:hunter2@issuer.example/keys"));
    assert_eq!(refused(secret).await, "--jwt-jwks: the address of a key set has no user and no password");
    let nameless = AccessConfig { jwt_role_claim: String::new(), ..with_tokens(Some("x"), Some("x"), Some("x")) };
    assert_eq!(refused(nameless).await, "--jwt-role-claim is empty; give the name of a claim");
}

#[tokio::test]
async fn a_header_is_a_bearer_s_or_refused() {
    let (store, _folder) = store().await;
    let key = keys::create(&store, "test", Role::Editor, None).await.unwrap();
    let access = Access::open(&AccessConfig::default(), &store).await.unwrap();
    assert_eq!(access.caller(None).await, Ok(Caller::ANONYMOUS));
    let who = Who::Key { id: key.id.clone(), name: "test".to_owned() };
    for scheme in ["Bearer", "bearer", "BEARER "] {
        let caller = access.caller(Some(&format!("{scheme} {}", key.text))).await.unwrap();
        assert_eq!(caller, Caller { who: who.clone(), role: Some(Role::Editor) });
    }
    let stranger = NewKey::random().unwrap().text;
    let bad = [
        "",
        "Bearer",
        "Bearer ",
        &key.text,
        "Basic dTpodW50ZXIy",
        "Bearer dg_",
        &format!("Bearer {stranger}"),
        "Bearer a.b.c",
    ];
    for header in bad {
        let problem = access.caller(Some(header)).await.unwrap_err();
        assert_eq!(problem.code, AccessProblem::UNAUTHENTICATED, "{header}");
        assert!(problem.message.ends_with('.'), "{problem}");
    }
}

#[tokio::test]
async fn neither_what_is_said_nor_what_is_logged_repeats_a_credential() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
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
        if let Err(problem) = access.caller(Some(&format!("Bearer {credential}"))).await {
            let said = format!("{problem} {problem:?}");
            assert!(!said.contains(secret) && !said.contains("hunter2") && !said.contains("aHVudGVyMg"), "{said}");
        }
    }
    let known = format!("{:?} {:?}", access.caller(Some(&format!("Bearer {}", key.text))).await, keys::list(&store).await);
    assert!(known.contains(&key.id) && !known.contains(secret));
    keys::revoke(&store, &key.text).await.unwrap();
    for wrong in [&key.text, &changed, "hunter2"] {
        let failure = keys::revoke(&store, wrong).await.unwrap_err();
        let said = format!("{failure} {failure:?}");
        assert!(!said.contains(secret) && !said.contains("hunter2"), "{said}");
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a token is refused"), "the test is blind: {logged}");
    assert!(!logged.contains(secret) && !logged.contains("hunter2") && !logged.contains("aHVudGVyMg"), "{logged}");
}

#[test]
fn who_may_not_is_asked_to_sign_in_or_refused() {
    let caller = |role| Caller { who: Who::Token { subject: "somebody".to_owned() }, role: Some(role) };
    assert_eq!(Access::may(&Caller::ANONYMOUS, None), Ok(()));
    assert_eq!(Access::may(&caller(Role::Reader), None), Ok(()));
    assert_eq!(Access::may(&caller(Role::Editor), Some(Role::Editor)), Ok(()));
    assert_eq!(Access::may(&caller(Role::Admin), Some(Role::Editor)), Ok(()));
    let anonymous = Access::may(&Caller::ANONYMOUS, Some(Role::Reader)).unwrap_err();
    assert_eq!(anonymous.code, "UNAUTHENTICATED");
    let low = Access::may(&caller(Role::Reader), Some(Role::Editor)).unwrap_err();
    assert_eq!((low.code, low.to_string().as_str()), ("FORBIDDEN", "This needs the role editor; yours is reader."));
}

#[tokio::test]
async fn what_is_open_is_configured() {
    let (store, _folder) = store().await;
    let open = Access::open(&AccessConfig::default(), &store).await.unwrap();
    let anyone = Caller::ANONYMOUS;
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
    let editor = Caller { who: Who::Token { subject: "somebody".to_owned() }, role: Some(Role::Editor) };
    assert!(closed.may_read(&anyone).is_err() && closed.may_read(&editor).is_ok());
    assert!(closed.may_introspect(&anyone).is_err() && closed.may_introspect(&editor).is_ok());
    assert!(closed.may_open_playground(&editor).is_err());
}

/// What was logged.
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
