//! Tests how much work a budget allows: one address with 6,000 points a minute sends the most expensive requests as fast as
//! it can. It spends its budget before the measurement begins, so only the points that it regains are measured. For a debug
//! build, the bytes have the same limit, and processor time a higher one ([`lab::slowness`]).

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use serde_json::json;

use crate::{
    attack::{Conduct, NUMBER, Piece, made, numbered, same},
    attacker::{self, Tally},
    credentials::unknown_key,
    documents::aliases,
    frames::{greeting, subscribe},
    lab::{self, Lab},
    requests::{self, batch, compressed, many, of_procedures, post_with, query},
};

/// Flags of the servers: the budget that `docs/operating.md` has as its example.
const FLAGS: &[&str] = &["--rate-limit", "6000", "--introspection-role", "admin"];
/// Processor time that one client may use per minute, in seconds.
const PROCESSOR: f64 = 6.0;
/// Bytes that the server may send to one client per minute.
const BYTES: f64 = 60e6;
/// Processor time for refusing a request, which includes reading its head and its body. It is added to the limit for each
/// refused request, because the number of refusals has no limit.
const REFUSAL: Duration = Duration::from_micros(150);
/// Bytes for refusing a request: the head and the body of a 429.
const REFUSAL_BYTES: f64 = 1200.0;
/// Connections that the client uses at the same time.
const CONNECTIONS: usize = 8;
/// How long the client spends its budget before it checks whether a request was refused.
const SPEND: Duration = Duration::from_millis(250);
/// How often it does so. A debug build needs several times to spend the budget.
const SPENDS: usize = 20;
/// Shortest time of a measurement, so that the time of one request does not matter.
const MEASURED: Duration = Duration::from_millis(1500);

fn kinds() -> Vec<(&'static str, Conduct)> {
    let requests = |piece: Piece| Conduct::requests(CONNECTIONS, piece);
    let unique = |text: String| requests(numbered(requests::unique(&text)));
    let names = of_procedures(1, &"name ".repeat(9900));
    let (fields, repeated) = (aliases(999), aliases(999));
    let through = "some:{procedure:{outcomes:{some:{condition:{outcomes:{some:{slug:{contains:\"zq\"}}}}}}}}";
    let long = numbered(subscribe(NUMBER, &aliases(200)));
    vec![
        ("cheap queries", requests(same(query("{library{revision}}")))),
        ("large documents", unique(names.clone())),
        ("batches of large documents", requests(numbered(batch(&names, 10)))),
        ("aliases of long texts", requests(same(query(&repeated)))),
        ("aliases of long texts, br", requests(numbered(compressed(&format!("{fields}#{NUMBER}"), "br")))),
        (
            "filters through relations",
            unique(format!("{{conditions(first:1,where:{{outcomes:{{{through}}}}}){{totalCount}}}}")),
        ),
        (
            "deep pages",
            unique("{procedures(first:100){nodes{outcomes(first:30){nodes{evidence(first:10){nodes{id}}}}}}}".to_owned()),
        ),
        (
            "counts",
            unique(format!(
                "{{{}}}",
                many(99, |at| format!("a{at}:treatmentOutcomes(where:{{slug:{{contains:\"z{at}\"}}}}){{totalCount}}"))
            )),
        ),
        ("introspection that is refused", unique(format!("{{__schema{{{}}}}}", "description ".repeat(9900)))),
        ("subscriptions that are refused", unique(format!("subscription{{library{{{}}}}}", "revision ".repeat(9900)))),
        ("documents that are invalid", unique(of_procedures(1, &many(5000, |at| format!("f{at}"))))),
        (
            "bodies that are not JSON",
            requests(made(|number| {
                post_with("Content-Type: application/json\r\n", format!("{number}{}", "[".repeat(900_000)).as_bytes())
            })),
        ),
        (
            "credentials that are invalid",
            requests(made(|number| {
                post_with(
                    &format!("Content-Type: application/json\r\nAuthorization: Bearer {}\r\n", unknown_key(number)),
                    json!({"query": "{__typename}"}).to_string().as_bytes(),
                )
            })),
        ),
        (
            "aliases of long texts over sockets",
            Conduct::hold(CONNECTIONS, same(greeting())).then(long, Duration::from_millis(5)),
        ),
    ]
}

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn a_budget_bounds_processor_time_and_bytes() {
    let _alone = lab::alone();
    let (only, lasts) = (lab::setting("ONLY", String::new()), MEASURED.max(lab::lasts()));
    println!(
        "\n## budgets: 6,000 points a minute\n\n| request | CPU, s a minute | of it refusing | MB a minute | requests | statuses | verdict |\n|---|---|---|---|---|---|---|"
    );
    let mut failed = Vec::new();
    for (name, conduct) in kinds().into_iter().filter(|(name, _)| name.contains(&only)) {
        let lab = Lab::start(FLAGS);
        let (conducts, program) = ([conduct], &lab.program);
        let from = attacker::fresh();
        spend(lab.client.target, from);
        let (cpu, tally) = (program.cpu(), Arc::new(Tally::default()));
        attacker::attack(lab.client.target, from, &conducts, lasts, &tally);
        let minutes = lasts.as_secs_f64() / 60.0;
        let cpu = program.cpu().saturating_sub(cpu).as_secs_f64() / minutes;
        let statuses = tally.statuses.lock().unwrap().clone();
        let refused = f64::from(u32::try_from(statuses.get(&429).copied().unwrap_or_default()).unwrap()) / minutes;
        #[expect(clippy::cast_precision_loss, reason = "bytes of seconds")]
        let bytes = tally.received.load(Relaxed) as f64 / minutes;
        let slowness = f64::from(lab::slowness());
        let refusing = refused * REFUSAL.as_secs_f64() * slowness;
        let mut faults = String::new();
        if cpu > PROCESSOR * slowness + refusing {
            let _ = write!(faults, "{cpu:.1} s of processor time a minute; ");
        }
        if bytes > BYTES + refused * REFUSAL_BYTES {
            let _ = write!(faults, "{:.1} MB a minute", bytes / 1e6);
        }
        let verdict = if faults.is_empty() { "holds" } else { &faults };
        let requests: usize = statuses.values().sum();
        println!(
            "| {name} | {cpu:.1} | {refusing:.1} | {:.1} | {requests} | {} | {verdict} |",
            bytes / 1e6,
            tally.by_status()
        );
        if !faults.is_empty() {
            failed.push(format!("{name}: {faults}"));
        }
    }
    assert!(failed.is_empty(), "budgets are exceeded: {failed:#?}");
}

/// Spends the whole budget: first by operations that cost a thousand points, then by operations that cost one. Each of them
/// is repeated until it is refused.
fn spend(target: SocketAddr, from: Ipv4Addr) {
    for document in [
        "{procedures(first:100){nodes{outcomes(first:10){nodes{id}}}}}",
        "{procedures(first:50){nodes{id}}}",
        "{library{revision}}",
    ] {
        let (conducts, tally) = ([Conduct::requests(3, same(query(document)))], Arc::new(Tally::default()));
        let is_refused = (0..SPENDS).any(|_| {
            attacker::attack(target, from, &conducts, SPEND, &tally);
            tally.statuses.lock().unwrap().contains_key(&429)
        });
        assert!(is_refused, "the budget was not spent by {document}: {}", tally.by_status());
    }
}
