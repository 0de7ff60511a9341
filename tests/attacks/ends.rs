//! Tests that the server closes connections in every state by itself, and how long that takes.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use crate::{
    attack::{Attack, Conduct, Life},
    attacker::{self, Tally},
    bytes, connections, http2,
    lab::{self, Lab},
    sockets,
};

/// Connections of each kind.
const EACH: usize = 3;
/// Tolerance beyond the limit, for an overloaded machine and for bytes that are still in transit.
const LATE: Duration = Duration::from_secs(10);

#[test]
#[ignore = "the longest limits are minutes"]
fn every_state_of_a_connection_ends() {
    let _alone = lab::alone();
    let kinds = [
        connections::idle(),
        connections::unread(),
        bytes::heads(),
        bytes::bodies(),
        http2::windows(),
        http2::bodies(),
        sockets::handshakes(),
    ];
    let only = lab::setting("ONLY", String::new());
    let attacks: Vec<Attack> =
        kinds.into_iter().flatten().filter(|attack| attack.ends.is_some() && attack.name.contains(&only)).collect();
    // Long responses use all processor time, so attacks that request them do not run together with the others.
    let (long, short): (Vec<Attack>, Vec<Attack>) = attacks.into_iter().partition(|attack| !attack.prepares.is_empty());
    let lab = Lab::start(&["--http2"]);
    let mut endless = Vec::new();
    println!("\n| connection | must end within | ended after |\n|---|---|---|");
    for (attack, time) in [short, long].iter().flat_map(|attacks| attacks.iter().zip(times(&lab, attacks))) {
        let most = attack.ends.unwrap_or_default();
        let ended = time.map_or_else(|| "never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()));
        println!("| {} | {} s | {ended} |", attack.name, most.as_secs());
        if time.is_none() {
            endless.push(attack.name);
        }
    }
    assert!(endless.is_empty(), "these connections do not end: {endless:#?}");
}

/// Runs these attacks at the same time, and returns when the server closed the connections of each.
fn times(lab: &Lab, attacks: &[Attack]) -> Vec<Option<Duration>> {
    for attack in attacks {
        lab.prepare(attack);
    }
    let target = lab.client.target;
    thread::scope(|scope| {
        let running: Vec<_> = attacks.iter().map(|attack| scope.spawn(move || ended(target, attack))).collect();
        running.into_iter().map(|attack| attack.join().unwrap()).collect()
    })
}

/// Returns when the server closed the last of a few such connections; `None` if it did not close all of them.
fn ended(target: std::net::SocketAddr, attack: &Attack) -> Option<Duration> {
    let once = |conduct: &Conduct| Conduct { connections: EACH, life: Life::Once, ..conduct.clone() };
    let conducts: Vec<Conduct> = attack.conducts.iter().map(once).collect();
    let (tally, started, most) = (Arc::new(Tally::default()), Instant::now(), attack.ends? + LATE);
    thread::scope(|scope| {
        scope.spawn(|| attacker::attack(target, attacker::fresh(), &conducts, most, &tally));
        while started.elapsed() < most {
            thread::sleep(Duration::from_millis(100));
            if tally.closed.load(Relaxed) == EACH * conducts.len() {
                return Some(started.elapsed());
            }
        }
        None
    })
}
