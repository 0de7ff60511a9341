//! The storm: thousands of connections from one address that misbehave in ten ways at once.
//!
//! `DERMAGRAPH_STORM_SECONDS=300 cargo test --release --test attacks storm -- --ignored --nocapture` runs the long version.

use std::{env, time::Duration};

use serde_json::json;

use crate::{
    attack::{Attack, Conduct, Reads, numbered, same},
    documents::aliases,
    frames::{SHUT, greeting, message, opening, socket_head, streams, subscribe},
    lab,
    requests::{CHEAP, get, known, of_procedures, query, register, unique},
};

/// Connections of the long storm, and of the short one.
const MOST: usize = 10_000;
const FEW: usize = 1000;

/// Ten kinds of misbehaviour, with a tenth of the connections each. They repeat their pieces slowly, because they test what
/// open connections use, not the rate of requests.
fn storm(connections: usize) -> Attack {
    let each = connections / 10;
    let document = aliases(400);
    let slow = Duration::from_secs(5);
    let post =
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    let second = [get("/health/live"), b"GET /hea".to_vec()].concat();
    let subscriptions = [greeting(), subscribe("1", "subscription{library{revision}}")].concat();
    let shut = [opening(&[SHUT]), streams(10, |stream| crate::frames::get(stream, &known(&document)))].concat();
    let large = numbered(unique(&of_procedures(1, &"name ".repeat(1000))));
    let rare = Duration::from_secs(u64::try_from(each / 20).unwrap().max(1));
    let conducts = vec![
        Conduct::hold(each, same("")),
        Conduct::hold(each, same("GET /graphql HTTP/1.1\r\nX: ")).then(same("x"), slow),
        Conduct::hold(each, same(second)).then(same("x"), slow),
        Conduct::hold(each, same(post)).then(same(" "), slow),
        Conduct::hold(each, same(get(&known(&document)))).reads(Reads::Nothing),
        Conduct::hold(each, same(query(CHEAP).repeat(100))).reads(Reads::Slowly),
        Conduct::hold(each, same([greeting(), socket_head(0x81, 1 << 40)].concat())).then(same(" ".repeat(1000)), slow),
        Conduct::hold(each, same(subscriptions)).then(same(message(&json!({"type": "ping"}))), slow),
        Conduct::hold(each, same(shut)),
        Conduct::hold(each, same("")).then(large, rare),
    ];
    let quiet = |conduct: Conduct| Conduct { pace: conduct.pace.max(slow), ..conduct };
    let conducts = conducts.into_iter().map(quiet).collect();
    Attack { conducts, ..Attack::new("ten ways at once", Conduct::hold(0, same(""))) }
        .on(&["--http2"])
        .prepared(vec![register(&document)])
}

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_a_short_storm() {
    lab::withstands_for("the storm", &[storm(FEW)], Duration::from_secs(5));
}

#[test]
#[ignore = "it takes minutes and 20,000 descriptors"]
fn the_service_withstands_a_long_storm() {
    let seconds = env::var("DERMAGRAPH_STORM_SECONDS").map_or(300, |text| text.parse().unwrap());
    lab::withstands_for("the storm", &[storm(MOST)], Duration::from_secs(seconds));
}
