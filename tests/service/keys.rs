//! API keys, managed with the command line while the service runs on the same database.

use std::process::Output;

use dermagraph::{
    access::{Access, AccessConfig, AccessProblem, Identity, Principal, Role},
    entity::api_key,
    store::DatabaseUrl,
};
use sea_orm::{ActiveModelTrait as _, Set};
use serde_json::{Value as Json, json};

use crate::support::{TestApp, on_both_databases, program};

/// Runs `dermagraph key ..` on the database of the service.
fn key(app: &TestApp, args: &[&str]) -> Output {
    program::command(&app.url, &[&["key"], args].concat()).output().unwrap()
}

/// Runs `dermagraph key ..`, which must succeed. Returns its standard output.
fn printed(app: &TestApp, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = key(app, args);
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Runs `dermagraph key ..`, which must fail with this exit code. Returns its standard error.
fn refused(app: &TestApp, args: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = key(app, args);
    assert_eq!((status.code(), stdout.as_slice()), (Some(code), b"".as_slice()), "{args:?}");
    String::from_utf8(stderr).unwrap()
}

/// Returns the principal of a key. It is read from the database each time, without a cache.
async fn caller(app: &TestApp, key: &str) -> Result<Principal, AccessProblem> {
    let access = Access::open(&AccessConfig::default(), &app.store).await.unwrap();
    access.authenticate(Some(&format!("Bearer {key}"))).await
}

fn listed(app: &TestApp) -> Json {
    serde_json::from_str(&printed(app, &["list", "--json"])).unwrap()
}

on_both_databases! {
    async fn a_key_is_created_used_listed_and_revoked(app: &TestApp) {
        assert_eq!(listed(app), json!([]));
        let made = key(app, &["create", "--name", "Clinic portal", "--role", "editor", "--expires-in", "90d"]);
        let text = String::from_utf8(made.stdout).unwrap();
        let text = text.strip_suffix('\n').unwrap();
        let id = &text[3..15];
        let stderr = String::from_utf8(made.stderr).unwrap();
        assert!(stderr.contains(id) && stderr.contains("cannot be shown again") && !stderr.contains(text), "{stderr}");

        let identity = Identity::Key { id: id.to_owned(), name: "Clinic portal".to_owned() };
        assert_eq!(caller(app, text).await, Ok(Principal { identity, role: Some(Role::Editor) }));

        let keys = listed(app);
        assert_eq!(keys.as_array().unwrap().len(), 1);
        let (key, days) = (&keys[0], |name: &str| keys[0][name].as_str().unwrap()[..10].to_owned());
        assert_eq!(
            json!([key["id"], key["name"], key["role"], key["state"], key["revokedAt"]]),
            json!([id, "Clinic portal", "editor", "active", null])
        );
        assert!(days("createdAt") < days("expiresAt"), "{key}");
        let table = printed(app, &["list"]);
        assert!(table.starts_with("ID ") && table.contains("Clinic portal") && table.contains("active"), "{table}");
        let secret = &text[16..];
        assert!(!table.contains(secret) && !keys.to_string().contains(secret) && !keys.to_string().contains("hash"));

        assert!(printed(app, &["revoke", id]).starts_with(&format!("The key {id} is revoked")));
        assert_eq!(caller(app, text).await.unwrap_err().code, "UNAUTHENTICATED");
        assert_eq!(listed(app)[0]["state"], "revoked");
        assert!(refused(app, &["revoke", id], 1).contains(&format!("the key {id} was already revoked, at 20")));
    }
}

on_both_databases! {
    async fn a_key_is_revoked_by_its_whole_text(app: &TestApp) {
        let made = printed(app, &["create", "--name", "found", "--role", "reader"]);
        let text = made.trim_end();
        assert_eq!(listed(app)[0]["expiresAt"], Json::Null);
        let revoked = printed(app, &["revoke", text]);
        assert!(revoked.contains(&text[3..15]) && !revoked.contains(text), "{revoked}");
        assert!(caller(app, text).await.is_err());
    }
}

on_both_databases! {
    async fn an_expired_key_is_refused(app: &TestApp) {
        let made = printed(app, &["create", "--name", "old", "--role", "admin", "--expires-at", "2999-01-01T01:00:00+01:00"]);
        let text = made.trim_end();
        assert_eq!(listed(app)[0]["expiresAt"], "2999-01-01T00:00:00Z");
        assert!(caller(app, text).await.is_ok());
        let past = Set(Some("2020-01-01T00:00:00Z".to_owned()));
        let row = api_key::ActiveModel { id: Set(text[3..15].to_owned()), expires_at: past, ..Default::default() };
        row.update(&**app.store.writer()).await.unwrap();
        assert_eq!(caller(app, text).await.unwrap_err().code, "UNAUTHENTICATED");
        assert_eq!(listed(app)[0]["state"], "expired");
    }
}

on_both_databases! {
    async fn invalid_arguments_of_the_key_commands_are_reported(app: &TestApp) {
        let create = |more: &[&str]| refused(app, &[&["create", "--role", "reader"], more].concat(), 1);
        assert!(create(&["--name", " "]).contains("the name of a key must have 1 to 100 characters, in one line"));
        assert!(create(&["--name", "two\nlines"]).contains("in one line"));
        assert!(create(&["--name", "late", "--expires-at", "2020-01-01T00:00:00Z"]).contains("already be expired"));
        assert!(create(&["--name", "late", "--expires-in", "0s"]).contains("already be expired"));
        assert!(create(&["--name", "late", "--expires-in", "4000000000w"]).contains("before the year 10000"));
        assert!(refused(app, &["create", "--name", "x", "--role", "emperor"], 2).contains("[possible values: reader, editor"));
        let both = ["create", "--name", "x", "--role", "reader", "--expires-in", "1d", "--expires-at", "2999-01-01T00:00:00Z"];
        assert!(refused(app, &both, 2).contains("cannot be used with"));
        assert!(refused(app, &["revoke", "0123456789ab"], 1).contains("no key has the id 0123456789ab"));
        assert!(refused(app, &["revoke", "hunter2"], 1).contains("this is not the id of a key"));
        assert_eq!(listed(app), json!([]));
    }
}

#[actix_web::test]
async fn a_key_is_not_created_while_another_program_writes_for_long() {
    let app = TestApp::sqlite().await;
    let DatabaseUrl::Sqlite(path) = &app.url else { panic!("it is a file") };
    let writing = rusqlite::Connection::open(path).unwrap();
    writing.execute_batch("BEGIN IMMEDIATE").unwrap();
    let stderr = refused(&app, &["create", "--name", "x", "--role", "reader"], 1);
    let sentence = "another program is writing to it, for example an import; try again when it has finished";
    assert!(stderr.contains(sentence) && !stderr.contains("database is locked"), "{stderr}");
    drop(writing);
    printed(&app, &["create", "--name", "x", "--role", "reader"]);
}

#[test]
fn keys_of_a_missing_database_are_neither_listed_nor_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing.db");
    let url = DatabaseUrl::Sqlite(path.clone());
    for arguments in [&["key", "list"][..], &["key", "revoke", "0123456789ab"]] {
        let (_, said) = program::refused(&url, arguments);
        assert_eq!(said, format!("dermagraph: there is no database at {url}\n"), "{arguments:?}");
        assert!(!path.exists(), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_key_that_cannot_be_printed_is_an_error_and_is_revoked() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    // The other end of the pipe is closed.
    let (_, closed) = std::io::pipe().unwrap();
    for output in [std::process::Stdio::from(full), std::process::Stdio::from(closed)] {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("keys.db"));
        let create = ["key", "create", "--name", "x", "--role", "reader"];
        let Output { status, stderr, .. } = program::command(&url, &create).stdout(output).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{said}");
        let keys: Json = serde_json::from_str(&program::stdout(&url, &["key", "list", "--json"])).unwrap();
        let revoked = format!("the key {} is revoked, because it cannot be shown again", keys[0]["id"].as_str().unwrap());
        assert!(said.contains("cannot write to standard output: ") && said.contains(&revoked), "{said}");
        assert_eq!(keys[0]["state"], "revoked");
    }
}
