//! Fuzzes parsing, measuring, validation and planning with random requests, and runs the cheap ones.
//!
//! `DERMAGRAPH_FUZZ_SECONDS` sets the duration, and `DERMAGRAPH_FUZZ_SEED` repeats a run. [`KNOWN`] has every input that
//! once caused a failure.

mod corpus;
mod grammar;
mod mutate;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dermagraph::{
    access::{Account, Accounts, Client, Limiter, MAX_RESERVED_BYTES},
    content,
    library::{self, PublishOptions, Silent},
    schema::{GraphqlRequest, Limits, Service, TrustedDocuments},
    store::{DatabaseUrl, Store},
};
use serde_json::{Map, Value as Json, json};

use crate::random::Random;

/// Default duration in seconds.
const SECONDS: u64 = 5;
/// Maximum time of one request. It is long, so that an overloaded machine causes no failure; `documents` tests a shorter
/// limit of processor time.
const MOST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3000 } else { 250 });
/// Maximum cost of an operation that is run. A more expensive one may take longer than [`MOST`].
const CHEAP: u64 = 2000;

/// Requests that once found a bug, as document and variables.
const KNOWN: [(&str, &str); 4] = [
    ("", "{}"),
    ("{ ...A } fragment A on Query { ...A }", "{}"),
    ("query($a: [[Int!]!]! = [[1]]) { procedures(first: $a) { totalCount } }", r#"{"a": [[null]]}"#),
    ("{ procedures(where: {name: {contains: \"\\u0000\"}}) { totalCount } }", "{}"),
];

/// The service in this process.
struct Fuzzed {
    runtime: tokio::runtime::Runtime,
    service: Service,
    account: Account,
    _folder: tempfile::TempDir,
}

impl Fuzzed {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("fuzz.db"));
        let service = runtime.block_on(async {
            let store = Store::open(&url).await.unwrap();
            let files = library::starter();
            library::import(content::catalog(), store.writer(), &files, PublishOptions::default(), &Silent).await.unwrap();
            Service::new(&store, Limits::default(), TrustedDocuments::default())
        });
        let client = Client::Address(std::net::Ipv4Addr::LOCALHOST.into());
        let account = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(client);
        Self { runtime, service, account, _folder: folder }
    }

    /// Prepares a request, and runs it if it is cheap. Returns whether it was valid, or an error that says what is wrong
    /// with the outcome.
    fn outcome(&self, document: &str, variables: &Map<String, Json>) -> Result<bool, String> {
        let request = GraphqlRequest {
            document: Some(document.to_owned()),
            variables: variables.clone(),
            ..GraphqlRequest::default()
        };
        let started = Instant::now();
        let prepared =
            catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(self.service.prepare(request, &self.account))))
                .map_err(|_| "it panicked")?;
        let took = started.elapsed();
        if took > MOST {
            return Err(format!("it took {took:?}"));
        }
        match prepared {
            Err(refusal) => {
                let body: Json = serde_json::from_str(&refusal.body()).map_err(|_| "a refusal is not JSON")?;
                check_errors(&body["errors"])?;
                Ok(false)
            }
            Ok(ready) if ready.cost() > CHEAP => Ok(true),
            Ok(ready) => {
                let executed =
                    catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(self.service.run(ready, &self.account))));
                let executed = executed.map_err(|_| "running it panicked")?.map_err(|_| "it was valid, and refused")?;
                let response: Json = serde_json::from_str(&executed.response.body).map_err(|_| "a response is not JSON")?;
                if response.get("errors").is_some() {
                    check_errors(&response["errors"])?;
                }
                Ok(true)
            }
        }
    }
}

/// Checks that there are one to twenty errors, each with a short message and with a code that means an error of the
/// client.
fn check_errors(errors: &Json) -> Result<(), String> {
    let errors = errors.as_array().filter(|errors| (1..=20).contains(&errors.len())).ok_or("no errors, or too many")?;
    for error in errors {
        let code = error["extensions"]["code"].as_str();
        let message = error["message"].as_str().unwrap_or_default();
        if code.is_none_or(|code| code == "INTERNAL") || message.is_empty() || message.len() >= 1000 {
            return Err(format!("an error without a code or with an invalid message: {error}"));
        }
    }
    Ok(())
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

#[test]
fn fuzzing_finds_nothing() {
    let clock = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let seed = setting("DERMAGRAPH_FUZZ_SEED").unwrap_or_else(clock);
    let time = Duration::from_secs(setting("DERMAGRAPH_FUZZ_SECONDS").unwrap_or(SECONDS));
    println!("DERMAGRAPH_FUZZ_SEED={seed}");
    let (fuzzed, corpus) = (Fuzzed::new(), corpus::documents());
    let (mut random, started) = (Random(seed), Instant::now());
    let (mut tried, mut valid) = (0_u64, 0_u64);
    while started.elapsed() < time {
        let document = match random.below(10) {
            0..4 => grammar::document(&mut random),
            4..6 => mutate::document(&grammar::document(&mut random), &corpus, &mut random),
            _ => {
                let from = random.one(&corpus).clone();
                mutate::document(&from, &corpus, &mut random)
            }
        };
        let variables = mutate::variables(&mut random);
        tried += 1;
        match fuzzed.outcome(&document, &variables) {
            Ok(is_valid) => valid += u64::from(is_valid),
            Err(problem) => {
                panic!("seed {seed}, request {tried}: {problem}\n{document:?}\nvariables: {}", Json::Object(variables))
            }
        }
    }
    println!("{tried} requests, {valid} of them valid");
    assert!(tried > 0 && valid > 0, "nothing was valid: the grammar is broken");
}

#[test]
fn failures_found_before_stay_fixed() {
    let fuzzed = Fuzzed::new();
    for (document, variables) in KNOWN {
        let Ok(Json::Object(variables)) = serde_json::from_str(variables) else { panic!("{variables}") };
        assert_eq!(fuzzed.outcome(document, &variables).err(), None, "{document}");
    }
    for document in corpus::documents() {
        assert_eq!(fuzzed.outcome(&document, &Map::new()).err(), None, "{document}");
        let strange = json!({"slug": {"a": [1e300]}, "first": -1});
        assert_eq!(fuzzed.outcome(&document, strange.as_object().unwrap()).err(), None, "{document}");
    }
}
