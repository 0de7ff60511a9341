//! API keys, managed over GraphQL.

use std::{
    io::{BufRead as _, BufReader},
    pin::pin,
    process::Stdio,
    time::Duration,
};

use dermagraph::{
    access::{AccessConfig, KeyState, Role, keys},
    app::Config,
    entity::api_key,
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
    store::{DatabaseUrl, Store, connect::transaction::begin_publishing},
};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, Set};
use serde_json::{Value as Json, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::timeout;

use crate::support::{TestApp, account, on_both_databases, program, shown_errors, sqlite};

const LIST: &str = "{ keys { id name role createdAt expiresAt revokedAt state } }";

const CREATE: &str = "mutation ($name: String!, $role: Role!, $expiresAt: DateTime) {
    createKey(name: $name, role: $role, expiresAt: $expiresAt) {
        key { id name role createdAt expiresAt revokedAt state } secret errors { code path message } } }";

const REVOKE: &str =
    "mutation ($id: ID!) { revokeKey(id: $id) { __typename key { id state revokedAt } errors { code path message } } }";

/// A query that requires the role `editor`.
const AUTHORS: &str = "{ revisions { nodes { author } } }";

/// Creates a key with the function that the command line uses, and returns its text.
async fn key(app: &TestApp, role: Role) -> String {
    keys::create(&app.store, "Administration", role, None).await.unwrap().text
}

/// Sends a request, and returns the status and the body of the response.
async fn send(app: &TestApp, key: Option<&str>, query: &str, variables: Json) -> (u16, Json) {
    let request = app.client().post(format!("{}/graphql", app.address));
    let request = key.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    let response = request.json(&json!({"query": query, "variables": variables})).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Runs an operation, which must succeed, and returns the value of its only root field.
async fn run(app: &TestApp, key: &str, query: &str, variables: Json) -> Json {
    let (status, body) = send(app, Some(key), query, variables).await;
    assert_eq!((status, body.get("errors")), (200, None), "{query}");
    body["data"].as_object().unwrap().values().next().unwrap().clone()
}

/// Returns the status and the code of a refused request.
async fn refused(app: &TestApp, key: Option<&str>, query: &str, variables: Json) -> (u16, Json) {
    let (status, body) = send(app, key, query, variables).await;
    (status, body["errors"][0]["extensions"]["code"].clone())
}

on_both_databases! {
    async fn an_admin_creates_lists_and_revokes_a_key(app: &TestApp) {
        let admin = key(app, Role::Admin).await;
        let variables = json!({"name": " Clinic portal ", "role": "EDITOR", "expiresAt": "2999-01-01T01:00:00+01:00"});
        let payload = run(app, &admin, CREATE, variables).await;
        let (created, secret) = (&payload["key"], payload["secret"].as_str().unwrap());
        let id = created["id"].as_str().unwrap();
        assert!(secret.starts_with(&format!("dg_{id}_")), "{id}");
        assert_eq!(payload["errors"], json!([]));
        assert!(created["createdAt"].as_str().unwrap().ends_with('Z'), "{created}");
        let shown = ["name", "role", "expiresAt", "revokedAt", "state"].map(|name| &created[name]);
        assert_eq!(json!(shown), json!(["Clinic portal", "EDITOR", "2999-01-01T00:00:00Z", null, "ACTIVE"]));

        // The key may do what its role permits, and nothing else.
        assert_eq!(send(app, Some(secret), AUTHORS, json!({})).await.0, 200);
        assert_eq!(refused(app, Some(secret), LIST, json!({})).await, (403, json!("FORBIDDEN")));

        let listed = run(app, &admin, LIST, json!({})).await;
        let all = listed.as_array().unwrap();
        assert!(all.len() == 2 && all.contains(created), "{listed}");
        for secret in [secret, &admin] {
            assert!(!listed.to_string().contains(&secret[16..]), "{listed}");
        }

        let revoked = run(app, &admin, REVOKE, json!({"id": id})).await;
        assert_eq!(
            json!([revoked["__typename"], revoked["key"]["id"], revoked["key"]["state"], revoked["errors"]]),
            json!(["RevokeKeyPayload", id, "REVOKED", []])
        );
        // The service has just used the key, and refuses it at once.
        assert_eq!(refused(app, Some(secret), AUTHORS, json!({})).await, (401, json!("UNAUTHENTICATED")));
        // The list is not cached.
        let listed = run(app, &admin, LIST, json!({})).await;
        let found = listed.as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
        assert_eq!((&found["state"], &found["revokedAt"]), (&json!("REVOKED"), &revoked["key"]["revokedAt"]));

        let again = run(app, &admin, REVOKE, json!({"id": id})).await;
        let message = format!("The key {id} was already revoked, at {}.", found["revokedAt"].as_str().unwrap());
        let error = json!({"code": "ALREADY_REVOKED", "path": "id", "message": message});
        assert_eq!((&again["key"], &again["errors"]), (&Json::Null, &json!([error])));
        assert_eq!(app.data("{ library { revision } }").await["library"]["revision"], 1);
    }
}

on_both_databases! {
    async fn only_an_admin_manages_keys(app: &TestApp) {
        let create = json!({"name": "x", "role": "READER"});
        let operations = [(LIST, json!({})), (CREATE, create), (REVOKE, json!({"id": "0123456789ab"}))];
        for role in [Role::Reader, Role::Editor, Role::Publisher] {
            let secret = key(app, role).await;
            for (query, variables) in &operations {
                let (status, body) = send(app, Some(&secret), query, variables.clone()).await;
                let message = format!("This requires the role admin; yours is {role}.");
                let error = json!([{"code": "FORBIDDEN", "message": message, "path": null}]);
                assert_eq!((status, shown_errors(&body)), (403, error), "{query}");
            }
        }
        for (query, variables) in operations {
            assert_eq!(refused(app, None, query, variables).await, (401, json!("UNAUTHENTICATED")), "{query}");
        }
        // A field that a publisher may run does not permit the other one.
        let mixed = "mutation { deleteBodyArea(by: {slug: \"nothing\"}) { revision }
            createKey(name: \"x\", role: ADMIN) { secret } }";
        let publisher = key(app, Role::Publisher).await;
        assert_eq!(refused(app, Some(&publisher), mixed, json!({})).await, (403, json!("FORBIDDEN")));
        assert_eq!(keys::list(&app.store).await.unwrap().len(), 4);
    }
}

on_both_databases! {
    async fn errors_in_changes_of_keys_are_data(app: &TestApp) {
        let admin = key(app, Role::Admin).await;
        let name = "The name of a key must have 1 to 100 characters, in one line.";
        let (long, past) = ("x".repeat(101), "2020-01-01T00:00:00Z");
        for (mut variables, path, message) in [
            (json!({"name": " "}), "name", name),
            (json!({"name": long}), "name", name),
            (json!({"name": "two\nlines"}), "name", name),
            (json!({"name": "x", "expiresAt": past}), "expiresAt", "The key would already be expired; use a time in the future."),
            (
                json!({"name": "x", "expiresAt": "9999-12-31T23:59:59-01:00"}),
                "expiresAt",
                "The expiry time must be before the year 10000; omit it for a key that never expires.",
            ),
        ] {
            variables["role"] = json!("READER");
            let payload = run(app, &admin, CREATE, variables).await;
            let errors = json!([{"code": "INVALID", "path": path, "message": message}]);
            assert_eq!(payload, json!({"key": null, "secret": null, "errors": errors}));
        }
        for (id, message) in [
            ("0123456789ab", "No key has the id 0123456789ab; list the keys to see all ids."),
            ("hunter2", "This is not the id of a key, which has 12 characters; list the keys to see all ids."),
        ] {
            let payload = run(app, &admin, REVOKE, json!({"id": id})).await;
            let errors = json!([{"code": "NOT_FOUND", "path": "id", "message": message}]);
            assert_eq!((&payload["key"], &payload["errors"]), (&Json::Null, &errors));
        }
        let variables = json!({"name": "x", "role": "READER", "expiresAt": "tomorrow"});
        let (status, body) = send(app, Some(&admin), CREATE, variables).await;
        let message = "expiresAt: the text is not a date and time such as 2027-01-31T12:00:00Z";
        let error = json!([{"code": "BAD_ARGUMENT", "message": message, "path": ["createKey"]}]);
        assert_eq!((status, shown_errors(&body)), (200, error));
        assert_eq!(keys::list(&app.store).await.unwrap().len(), 1);
    }
}

on_both_databases! {
    async fn a_leaked_key_is_revoked_by_its_text_and_an_admin_may_revoke_the_key_in_use(app: &TestApp) {
        let (admin, leaked) = (key(app, Role::Admin).await, key(app, Role::Publisher).await);
        let payload = run(app, &admin, REVOKE, json!({"id": leaked})).await;
        assert!(payload["key"]["id"] == leaked[3..15] && !payload.to_string().contains(&leaked[16..]), "{payload}");
        assert_eq!(refused(app, Some(&leaked), AUTHORS, json!({})).await, (401, json!("UNAUTHENTICATED")));
        // The operation is complete, although its first field revokes the key that it uses.
        let both = "mutation ($id: ID!) { revokeKey(id: $id) { errors { code } } createKey(name: \"x\", role: ADMIN) { secret } }";
        let (status, body) = send(app, Some(&admin), both, json!({"id": admin[3..15]})).await;
        assert_eq!((status, &body["data"]["revokeKey"]["errors"]), (200, &json!([])));
        assert_eq!(refused(app, Some(&admin), LIST, json!({})).await, (401, json!("UNAUTHENTICATED")));
        let other = body["data"]["createKey"]["secret"].as_str().unwrap();
        assert_eq!(run(app, other, LIST, json!({})).await.as_array().unwrap().len(), 3);
    }
}

on_both_databases! {
    async fn the_list_of_keys_is_read_in_parts(app: &TestApp) {
        let admin = key(app, Role::Admin).await;
        for _ in 0..4 {
            key(app, Role::Reader).await;
        }
        let query = "query ($after: ID) { keys(first: 2, after: $after) { id createdAt } }";
        let (mut all, mut lengths): (Vec<Json>, Vec<usize>) = (Vec::new(), Vec::new());
        while lengths.last() != Some(&0) {
            let after = all.last().map(|key| key["id"].clone());
            let part = run(app, &admin, query, json!({"after": after})).await;
            lengths.push(part.as_array().unwrap().len());
            all.extend(part.as_array().unwrap().iter().cloned());
        }
        assert_eq!(lengths, [2, 2, 1, 0]);
        assert!(all.is_sorted_by_key(|key| std::cmp::Reverse(key["createdAt"].as_str().unwrap().to_owned())), "{all:?}");
        let mut ids: Vec<&str> = all.iter().map(|key| key["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 5);
        for (arguments, code, message) in [
            ("first: 101", "BAD_PAGE", "first is 101; the maximum is 100."),
            ("first: -1", "BAD_PAGE", "first is -1; the minimum is 0."),
            ("after: \"x\"", "BAD_ID", "after is not the id of a key. Use the values of the field `id` unchanged."),
        ] {
            let (_, body) = send(app, Some(&admin), &format!("{{ keys({arguments}) {{ id }} }}"), json!({})).await;
            assert_eq!(shown_errors(&body), json!([{"code": code, "message": message, "path": ["keys"]}]), "{arguments}");
        }
        let nothing = run(app, &admin, "{ keys(after: \"0123456789ab\") { id } }", json!({})).await;
        assert_eq!(nothing, json!([]));
    }
}

on_both_databases! {
    async fn a_leaked_key_is_revoked_while_publications_have_all_permits(app: &TestApp) {
        let (admin, leaked) = (key(app, Role::Admin).await, key(app, Role::Publisher).await);
        let mut publishers = Vec::new();
        for _ in 0..4 {
            publishers.push(key(app, Role::Publisher).await);
        }
        // Another program has the lock for publications.
        let other = Store::open(&app.url).await.unwrap();
        let lock = begin_publishing(other.writer()).await.unwrap();
        let save = "mutation ($slug: String!) { saveBodyArea(document: {slug: $slug, name: $slug, notice: \"Educational.\"}) { revision } }";
        let publications = publishers.iter().zip(["elbow", "knee", "wrist", "ankle"]);
        let publications = publications.map(|(key, slug)| run(app, key, save, json!({"slug": slug})));
        let mut publications = pin!(join_all(publications));
        assert!(timeout(Duration::from_secs(1), &mut publications).await.is_err(), "the publications wait");

        let mut revocation = pin!(run(app, &admin, REVOKE, json!({"id": leaked})));
        let at_once = timeout(Duration::from_secs(2), &mut revocation).await.ok();
        // SQLite has only one writer, for which the revocation waits. On PostgreSQL it waits for nothing.
        assert_eq!(at_once.is_some(), matches!(app.url, DatabaseUrl::Postgres(_)));
        lock.transaction.rollback().await.unwrap();
        let revoked = match at_once {
            Some(revoked) => revoked,
            None => revocation.await,
        };
        assert_eq!((&revoked["key"]["state"], &revoked["errors"]), (&json!("REVOKED"), &json!([])));
        assert_eq!(refused(app, Some(&leaked), AUTHORS, json!({})).await, (401, json!("UNAUTHENTICATED")));
        assert!(publications.await.iter().all(|published| published["revision"].is_i64()));
        other.close().await;
    }
}

#[actix_web::test]
async fn a_revocation_that_waits_too_long_for_the_writer_of_sqlite_is_refused_and_can_be_sent_again() {
    let app = TestApp::sqlite().await;
    let (admin, leaked) = (key(&app, Role::Admin).await, key(&app, Role::Publisher).await);
    // The connection of the service waits for a shorter time than usual.
    app.store.writer().execute_unprepared("PRAGMA busy_timeout = 50").await.unwrap();
    let other = Store::open(&app.url).await.unwrap();
    let lock = begin_publishing(other.writer()).await.unwrap();
    let (_, body) = send(&app, Some(&admin), REVOKE, json!({"id": leaked})).await;
    let message =
        "Another publication is being written, for example an import. Nothing was changed; try again when it has finished.";
    assert_eq!(shown_errors(&body), json!([{"code": "UNAVAILABLE", "message": message, "path": ["revokeKey"]}]));
    lock.transaction.rollback().await.unwrap();
    other.close().await;
    let revoked = run(&app, &admin, REVOKE, json!({"id": leaked})).await;
    assert_eq!(revoked["key"]["state"], "REVOKED");
}

#[actix_web::test]
async fn on_sqlite_a_revocation_waits_for_publications_in_the_order_of_arrival() {
    let app = TestApp::sqlite().await;
    let (admin, leaked) = (key(&app, Role::Admin).await, key(&app, Role::Publisher).await);
    let writer = app.store.writer();
    let earlier = begin_publishing(writer).await.unwrap();
    let mut revocation = pin!(run(&app, &admin, REVOKE, json!({"id": leaked})));
    assert!(timeout(Duration::from_secs(1), &mut revocation).await.is_err(), "the revocation waits");
    let mut later = pin!(begin_publishing(writer));
    assert!(timeout(Duration::from_millis(10), &mut later).await.is_err(), "the later publication waits");
    earlier.transaction.rollback().await.unwrap();
    drop(earlier.permit);
    let later = later.await.unwrap();
    let keys = keys::list(&app.store).await.unwrap();
    assert!(keys.iter().any(|key| key.state == KeyState::Revoked), "the revocation is written before the later publication");
    later.transaction.rollback().await.unwrap();
    assert_eq!(revocation.await["key"]["state"], "REVOKED");
}

on_both_databases! {
    async fn a_key_cannot_expire_in_the_second_in_which_it_is_created(app: &TestApp) {
        let admin = key(app, Role::Admin).await;
        let end = OffsetDateTime::now_utc().replace_nanosecond(999_999_999).unwrap().format(&Rfc3339).unwrap();
        let payload = run(app, &admin, CREATE, json!({"name": "x", "role": "READER", "expiresAt": end})).await;
        assert_eq!((&payload["key"], &payload["errors"][0]["code"]), (&Json::Null, &json!("INVALID")), "{end}");
    }
}

on_both_databases! {
    async fn a_key_with_a_role_of_another_version_is_listed_as_invalid_and_can_be_revoked(app: &TestApp) {
        let (admin, other) = (key(app, Role::Admin).await, key(app, Role::Reader).await);
        let id = &other[3..15];
        let role = api_key::ActiveModel { id: Set(id.to_owned()), role: Set("emperor".to_owned()), ..Default::default() };
        role.update(&**app.store.writer()).await.unwrap();
        assert_eq!(refused(app, Some(&other), AUTHORS, json!({})).await, (401, json!("UNAUTHENTICATED")));
        let listed = run(app, &admin, LIST, json!({})).await;
        let found = listed.as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
        assert_eq!((&found["role"], &found["state"]), (&Json::Null, &json!("INVALID")));
        let printed: Json = serde_json::from_str(&program::stdout(&app.url, &["key", "list", "--json"])).unwrap();
        let found = printed.as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
        assert_eq!((&found["role"], &found["state"]), (&json!("emperor"), &json!("invalid")));
        let revoked = run(app, &admin, REVOKE, json!({"id": id})).await;
        assert_eq!((&revoked["key"]["state"], &revoked["errors"]), (&json!("REVOKED"), &json!([])));
    }
}

#[actix_web::test]
async fn a_list_of_keys_costs_a_point_and_one_more_for_each_key() {
    let app = TestApp::sqlite().await;
    let service = Service::new(&app.store, Limits::default(), TrustedDocuments::default());
    for (document, cost) in [
        ("{ a: keys(first: 0) { id } b: keys(first: 0) { id } }", 2),
        ("{ a: keys(first: 1) { id } b: keys(first: 1) { id } }", 4),
        ("{ keys(first: 100) { id name role } }", 101),
    ] {
        let request = GraphqlRequest { document: Some(document.to_owned()), ..GraphqlRequest::default() };
        let ready = service.prepare(request, &account()).await;
        assert_eq!(ready.unwrap_or_else(|refusal| panic!("{}", refusal.body())).cost(), cost, "{document}");
    }
}

#[actix_web::test]
async fn changes_of_keys_are_logged_with_their_author_and_without_secrets() {
    let (_folder, url) = sqlite::starter().await;
    let store = Store::open(&url).await.unwrap();
    let admin = keys::create(&store, "Administration", Role::Admin, None).await.unwrap();
    let mut serve = program::command(&url, &["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
    let serve = serve.env("DERMAGRAPH_LOG", "warn,dermagraph::keys=info").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut service = serve.spawn().unwrap();
    let mut lines = BufReader::new(service.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.find_map(|line| line.trim_start().strip_prefix("GraphQL ").map(|url| url.trim().to_owned()));
    let address = address.expect("it serves");
    let send = async |query: &str, variables: Json| {
        let request = reqwest::Client::new().post(&address).bearer_auth(&admin.text);
        request.json(&json!({"query": query, "variables": variables})).send().await.unwrap().json::<Json>().await.unwrap()
    };
    let created = send(CREATE, json!({"name": "Clinic portal", "role": "EDITOR"})).await;
    let (created, secret) = (&created["data"]["createKey"]["key"], &created["data"]["createKey"]["secret"]);
    let secret = secret.as_str().unwrap();
    send(REVOKE, json!({"id": secret})).await;
    // A change that is refused is not logged.
    send(REVOKE, json!({"id": secret})).await;
    service.kill().unwrap();
    let log = String::from_utf8(service.wait_with_output().unwrap().stderr).unwrap();
    let expected = |message: &str| {
        json!([message, "INFO", format!("key:{}", admin.listed.id), created["id"], "Clinic portal", "editor"])
    };
    let shown = |line: &str| {
        let line: Json = serde_json::from_str(line).unwrap();
        json!(["message", "level", "author", "key", "key_name", "role"].map(|field| line[field].clone()))
    };
    let expected = ["an API key was created", "an API key was revoked"].map(expected);
    assert_eq!(log.lines().map(shown).collect::<Vec<_>>(), expected, "{log}");
    assert!(!log.contains(&secret[16..]) && !log.contains(&admin.text[16..]), "{log}");
}

#[actix_web::test]
async fn a_change_of_a_key_by_get_is_refused() {
    let app = TestApp::sqlite().await;
    let admin = key(&app, Role::Admin).await;
    let get = async |query: &str| {
        let address = reqwest::Url::parse_with_params(&format!("{}/graphql", app.address), [("query", query)]).unwrap();
        app.client().get(address).bearer_auth(&admin).send().await.unwrap()
    };
    assert_eq!(get("mutation { createKey(name: \"x\", role: READER) { secret } }").await.status(), 405);
    let listed = get(LIST).await;
    assert_eq!((listed.status().as_u16(), &listed.headers()["cache-control"]), (200, &"private, no-cache".parse().unwrap()));
    assert_eq!(listed.json::<Json>().await.unwrap()["data"]["keys"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_change_of_a_key_costs_as_much_as_a_change_of_content() {
    let access = AccessConfig { rate_limit_signed_in: 80, ..AccessConfig::default() };
    let app = TestApp::sqlite_set(Config { access, ..Config::default() }).await;
    let (admin, create) = (key(&app, Role::Admin).await, json!({"name": "x", "role": "READER"}));
    run(&app, &admin, CREATE, create.clone()).await;
    assert_eq!(refused(&app, Some(&admin), CREATE, create).await, (429, json!("RATE_LIMITED")));
    assert_eq!(keys::list(&app.store).await.unwrap().len(), 2);
}
