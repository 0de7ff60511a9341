//! The service is killed at random moments while clients send mutations with idempotency keys. After each start, a client
//! sends the mutation again that was not acknowledged. Each acknowledged mutation was published once and completely.
//! Every other mutation also replaces lists of parts of a procedure that has outcomes.
//!
//! `DERMAGRAPH_KILLS` sets the number of kills.

use std::time::Duration;

use dermagraph::store::DatabaseUrl;
use futures_util::future::{join, join_all};
use serde_json::{Value as Json, json};
use tokio::{sync::Notify, task::spawn_blocking, time::sleep};

use crate::support::{
    empty_postgres,
    program::{Node, stdout},
};

/// Number of kills, if `DERMAGRAPH_KILLS` does not set it.
const KILLS: usize = 3;

/// Number of clients that send mutations at once.
const CLIENTS: usize = 4;

/// The longest time from the first acknowledgement after a start to the kill, in milliseconds: enough for some mutations of each
/// client.
const MOST: u64 = 400;

/// A mutation, sent again until it is acknowledged.
const APPLY: &str = "mutation ($changes: [ChangeInput!]!, $key: String!) {
    apply(changes: $changes, idempotencyKey: $key) { revision replayed errors { path message } } }";

/// For each client, a procedure of the starter library that no other client changes.
const PROCEDURES: [&str; CLIENTS] = ["microneedling", "cryotherapy", "chemical-peel", "sclerotherapy"];

/// A client, and the mutations that were acknowledged, with their revisions.
struct Client {
    number: usize,
    http: reqwest::Client,
    key: String,
    acknowledged: Vec<i64>,
    /// Number of mutations that the service had published before the kill, without an acknowledgement.
    replayed: usize,
}

impl Client {
    /// Sends a request; `None` if there was no whole response.
    async fn send(&self, address: &str, query: &str, variables: Json) -> Option<Json> {
        let request = self.http.post(address).bearer_auth(&self.key).json(&json!({"query": query, "variables": variables}));
        request.send().await.ok()?.json::<Json>().await.ok()
    }

    /// Saves the body area with a number. If the number is odd, also replaces parts of the procedure of the client. `None` if
    /// there was no whole response.
    async fn save(&self, address: &str, at: usize) -> Option<Json> {
        let slug = format!("kill-{}-{at}", self.number);
        let document = json!({"slug": slug, "name": slug, "notice": "Educational."});
        let mut changes = vec![json!({"saveBodyArea": {"document": document, "expectedRevision": 0}})];
        if at % 2 == 1 {
            let steps: Vec<Json> = titles(&slug, at)
                .map(|title| json!({"kind": "TREATMENT", "title": title, "description": "Educational."}))
                .collect();
            let set = json!({"steps": steps, "aftercare": [{"text": slug}]});
            let by = json!({"slug": PROCEDURES[self.number]});
            changes.push(json!({"patchProcedure": {"by": by, "operations": [{"set": set}]}}));
        }
        let mut body = self.send(address, APPLY, json!({"changes": changes, "key": slug})).await?;
        assert_eq!(body["data"]["apply"]["errors"], json!([]), "{body}");
        Some(body["data"]["apply"].take())
    }

    /// Checks that the procedure of the client has all parts of the last mutation that changed it, and all its outcomes.
    /// Returns false if no mutation has changed it.
    async fn check_procedure(&self, address: &str, outcomes: &Json) -> bool {
        let changes = self.acknowledged.len() / 2;
        let Some(at) = (2 * changes).checked_sub(1) else { return false };
        let slug = format!("kill-{}-{at}", self.number);
        let mut read = self.read_procedure(address).await;
        assert_eq!(read["outcomes"].take(), *outcomes);
        let steps: Vec<Json> = titles(&slug, at).map(|title| json!({"title": title})).collect();
        let expected = json!({
            "revision": self.acknowledged[at], "history": {"totalCount": changes}, "steps": steps,
            "aftercare": [{"text": slug}], "outcomes": null,
        });
        assert_eq!(read, expected);
        true
    }

    async fn read_procedure(&self, address: &str) -> Json {
        let query = format!(
            "{{ procedure(by: {{slug: {:?}}}) {{ revision history {{ totalCount }} steps {{ title }} aftercare {{ text }}
                outcomes(first: 100) {{ nodes {{ id revision expectedEffect }} }} }} }}",
            PROCEDURES[self.number]
        );
        self.send(address, &query, json!({})).await.unwrap()["data"]["procedure"].take()
    }

    /// Sends mutations until the service is killed, and notifies of each acknowledgement. First repeats the last one that was
    /// acknowledged.
    async fn run(&mut self, address: &str, progress: &Notify) {
        if let Some(last) = self.acknowledged.last() {
            let Some(again) = self.save(address, self.acknowledged.len() - 1).await else { return };
            assert_eq!((&again["revision"], &again["replayed"]), (&json!(last), &json!(true)));
        }
        while let Some(saved) = self.save(address, self.acknowledged.len()).await {
            self.acknowledged.push(saved["revision"].as_i64().unwrap());
            self.replayed += usize::from(saved["replayed"] == true);
            progress.notify_one();
        }
    }
}

/// Returns the titles of the steps that a mutation saves: one to three.
fn titles(slug: &str, at: usize) -> impl Iterator<Item = String> {
    (0..=at / 2 % 3).map(move |step| format!("{slug} {step}"))
}

async fn run_on(url: &DatabaseUrl) {
    let kills = std::env::var("DERMAGRAPH_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    drop(Node::start(url).ready());
    let key = stdout(url, &["key", "create", "--name", "killed", "--role", "publisher"]);
    let key = key.split_whitespace().find(|word| word.starts_with("dg_")).expect("the key is printed").to_owned();
    let http = reqwest::Client::new();
    let client = |number| Client { number, http: http.clone(), key: key.clone(), acknowledged: Vec::new(), replayed: 0 };
    let mut clients: Vec<Client> = (0..CLIENTS).map(client).collect();
    let node = Node::start(url).ready();
    let mut outcomes = Vec::new();
    for client in &clients {
        outcomes.push(client.read_procedure(node.address()).await["outcomes"].take());
    }
    assert!(outcomes.iter().all(|of_one| !of_one["nodes"].as_array().unwrap().is_empty()), "{outcomes:?}");
    drop(node);
    // The moments differ from run to run.
    let mut random = u64::from(std::process::id()) | 1;
    for _ in 0..kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (node, after) = (Node::start(url).ready(), Duration::from_millis(random % MOST));
        let (address, progress) = (node.address().to_owned(), Notify::new());
        let killing = async {
            progress.notified().await;
            sleep(after).await;
            spawn_blocking(move || node.end_by("KILL")).await.unwrap();
        };
        join(join_all(clients.iter_mut().map(|client| client.run(&address, &progress))), killing).await;
    }
    let node = Node::start(url).ready();
    let (mut revisions, mut replayed, mut checked): (Vec<i64>, usize, usize) = (Vec::new(), 0, 0);
    for (client, outcomes) in clients.iter_mut().zip(&outcomes) {
        // The mutation that may have been published without an acknowledgement.
        let saved = client.save(node.address(), client.acknowledged.len()).await.unwrap();
        client.acknowledged.push(saved["revision"].as_i64().unwrap());
        revisions.extend(&client.acknowledged);
        replayed += client.replayed + usize::from(saved["replayed"] == true);
        for at in 0..client.acknowledged.len() {
            let query = format!(
                "{{ bodyArea(by: {{slug: \"kill-{}-{at}\"}}) {{ revision history {{ totalCount }} }} }}",
                client.number
            );
            let read = client.send(node.address(), &query, json!({})).await.unwrap();
            let expected = json!({"revision": client.acknowledged[at], "history": {"totalCount": 1}});
            assert_eq!(read["data"]["bodyArea"], expected, "{at} of client {}", client.number);
        }
        checked += usize::from(client.check_procedure(node.address(), outcomes).await);
    }
    assert!(checked > 0, "each kill follows an acknowledgement, so at least one client has two");
    drop(node);
    assert!(stdout(url, &["verify"]).contains(" is intact: "));
    // Each mutation has published one revision, and nothing else has.
    revisions.sort_unstable();
    let all: Vec<i64> = (2..).take(revisions.len()).collect();
    assert_eq!(revisions, all);
    println!("{kills} kills, {} mutations, {replayed} of them published without an acknowledgement", revisions.len());
    assert!(revisions.len() >= kills + CLIENTS);
}

#[actix_web::test]
async fn acknowledged_mutations_survive_kills_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    run_on(&DatabaseUrl::Sqlite(folder.path().join("killed.db"))).await;
}

#[actix_web::test]
async fn acknowledged_mutations_survive_kills_on_postgres() {
    if let Some(url) = empty_postgres().await {
        run_on(&url).await;
    }
}
