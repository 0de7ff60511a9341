//! The lab: a server, an attack on it, a normal client at the same time, and the measurements.
//!
//! | Variable | Meaning |
//! |---|---|
//! | `DERMAGRAPH_BIN` | the program; times are limited only if its path contains `/release/` |
//! | `DERMAGRAPH_ATTACK_SECONDS` | how long each attack lasts; default [`QUICK`] |
//! | `DERMAGRAPH_ATTACK_ONLY` | runs only attacks whose names contain this text |
//! | `DERMAGRAPH_ATTACK_TRIES` | how often an attack is tried before its failure counts; default [`TRIES`] |
//! | `DERMAGRAPH_ATTACK_TIMEOUT` | seconds after an attack until everything must be released; default [`TIMEOUT`] |
//! | `DERMAGRAPH_ATTACK_APART` | `true`: the normal client uses a server of its own, so its latency shows what the machine alone adds |
//! | `DERMAGRAPH_ATTACK_OUTCOMES` | number of outcomes in the library, twenty per procedure; default 5000 |
//! | `DERMAGRAPH_ATTACK_DATABASE` | the kind of database: `sqlite`, the default, or `postgres` |

use std::{
    env,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    attack::{Attack, MAX_NUMBER},
    attacker::{self, Tally},
    library::{self, LibraryCopy},
    probe::{self, Client, Probe},
    program::Program,
    report::Row,
    usage::{Gauges, Sampler},
};

/// How long an attack lasts, in seconds. That is enough to see its memory and processor time, but not to reach a time limit.
const QUICK: f64 = 0.8;
/// The client is measured before the attack for the duration of the attack divided by this number.
const BASELINE_DIVISOR: u32 = 4;
/// How often an attack is tried before its failure counts, because latencies on a shared machine vary.
const TRIES: usize = 3;
/// Seconds after the attack until everything must be released.
const TIMEOUT: u64 = 60;
/// Timeout of a request before the measurement. A debug build needs several seconds for a hundred changes.
const PREPARATION_TIMEOUT: Duration = Duration::from_mins(2);
/// Queries before the first attack, after which the server has its threads, caches and database connections.
const WARM: usize = 200;

/// The log filter of the server: one line for each request, because the log is a resource as well.
const LOG: &str = "warn,dermagraph::request=info";

/// A server, and what it used before the first attack.
pub struct Lab {
    /// The server.
    pub program: Program,
    /// The normal client, which must not notice the attack.
    pub client: Client,
    flags: Vec<&'static str>,
    idle: Gauges,
    /// The server of the client, if it has one of its own.
    apart: Option<Box<Lab>>,
    /// Its database, which is removed after the server has stopped.
    _library: LibraryCopy,
}

/// Returns the value of a variable of the lab, or the default if it is not set.
pub fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    let Ok(text) = env::var(format!("DERMAGRAPH_ATTACK_{name}")) else { return default };
    text.parse().unwrap_or_else(|_| panic!("DERMAGRAPH_ATTACK_{name} is {text}"))
}

/// How long an attack lasts.
pub fn lasts() -> Duration {
    Duration::from_secs_f64(setting("SECONDS", QUICK))
}

/// Reports whether the program is a release build, whose times are limited too.
pub fn is_release() -> bool {
    library::program().to_string_lossy().contains("/release/")
}

/// Returns how many times slower than a release build the program may be. A debug build is about twenty times slower.
pub fn slowness() -> u32 {
    if is_release() { 1 } else { 20 }
}

/// Attacks run one at a time, because they share the machine with the measurement.
static ALONE: Mutex<()> = Mutex::new(());

/// Waits until no other test measures.
pub fn alone() -> std::sync::MutexGuard<'static, ()> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    raise_descriptors();
    alone
}

/// Raises the limit of open files of this process, which the server inherits.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

impl Lab {
    /// Starts a server on a library of its own, and sends it the first queries.
    pub fn start(flags: &[&'static str]) -> Self {
        let library = LibraryCopy::new();
        let always = ["--metrics-listen", "127.0.0.1:0"];
        // A small response cache, because most attacks do not test its memory.
        let cache: &[&str] = if flags.contains(&"--response-cache") { &[] } else { &["--response-cache", "8"] };
        let database = library.options();
        let arguments: Vec<&str> = always.iter().chain(cache).chain(flags).chain(&database).copied().collect();
        let program = Program::serve(&library::program(), library.folder(), &arguments, LOG);
        let key = ["--require-role", "--rate-limit"].iter().any(|flag| flags.contains(flag)).then(|| library::key("reader"));
        let client = Client { target: program.address("GraphQL"), key };
        for _ in 0..WARM {
            client.once().unwrap();
        }
        let idle = Gauges::read(&program);
        Self { program, client, flags: flags.to_vec(), idle, apart: None, _library: library }
    }

    /// Starts a server for an attack, and another one for the client if it is to be apart.
    fn for_attack(attack: &Attack) -> Self {
        let apart = setting("APART", false).then(|| Box::new(Self::start(&attack.flags)));
        Self { apart, ..Self::start(&attack.flags) }
    }

    /// Sends the requests that an attack needs before the measurement. Then sends each of its own requests once, if it says
    /// what their responses contain.
    pub fn prepare(&self, attack: &Attack) {
        let check = |request: &[u8], expected: &str| {
            let mut stream = probe::connect(self.client.target).unwrap();
            stream.set_read_timeout(Some(PREPARATION_TIMEOUT)).unwrap();
            stream.write_all(request).unwrap();
            let response = probe::receive(&mut stream).unwrap();
            let shown: String = response.chars().take(2000).collect();
            assert!(response.contains(expected), "{}: a request got {shown}, without {expected}", attack.name);
        };
        for request in &attack.prepares {
            check(request, "HTTP/1.1 200 ");
        }
        for (conduct, expected) in attack.conducts.iter().zip(&attack.expects) {
            check(&(conduct.opening)(MAX_NUMBER), expected);
        }
    }

    /// Runs an attack for this time, and measures it.
    fn measure(&self, attack: &Attack, lasts: Duration) -> Row {
        self.prepare(attack);
        let client = self.apart.as_ref().map_or(&self.client, |lab| &lab.client);
        let before = client.watch(lasts / BASELINE_DIVISOR);
        let sampler = Sampler::start(self.program.id());
        let probe = Probe::start(client);
        let (cpu, log) = (self.program.cpu(), self.program.log.lock().unwrap().len());
        let tally = Arc::new(Tally::default());
        let started = Instant::now();
        let attacker = attacker::attack(self.client.target, attacker::fresh(), &attack.conducts, lasts, &tally);
        let took = started.elapsed();
        let during = probe.stop();
        let cpu = self.program.cpu().saturating_sub(cpu);
        let (released, left) = self.released();
        let peak = sampler.stop();
        let log = self.program.log.lock().unwrap()[log..].to_owned();
        let (name, idle, faults) = (attack.name, self.idle.clone(), Vec::new());
        let mut row = Row { name, before, during, idle, peak, released, left, cpu, took, attacker, log, tally, faults };
        row.judge(self.program.failures());
        row
    }

    /// Stops the server by a signal.
    pub fn stops(mut self) {
        self.program.terminate();
        assert!(self.program.ended_within(Duration::from_secs(20)).success());
    }

    /// Waits until the server has released the resources that the attack used. Returns the time until then, or `None`
    /// after the timeout, and the resources that are not released.
    fn released(&self) -> (Option<Duration>, Vec<String>) {
        let (timeout, started) = (Duration::from_secs(setting("TIMEOUT", TIMEOUT)), Instant::now());
        loop {
            let left = Gauges::read(&self.program).beyond(&self.idle);
            if left.is_empty() {
                return (Some(started.elapsed()), left);
            }
            if started.elapsed() > timeout {
                return (None, left);
            }
            // The allocator releases the memory of a thread only when the thread runs.
            let _ = self.client.once();
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Runs the attacks of a kind, prints a table, and panics if an attack does harm in every try.
pub fn withstands(kind: &str, attacks: &[Attack]) {
    withstands_for(kind, attacks, lasts());
}

/// Like [`withstands`], with this duration of each attack.
pub fn withstands_for(kind: &str, attacks: &[Attack], lasts: Duration) {
    let _alone = alone();
    let (only, tries) = (setting("ONLY", String::new()), setting("TRIES", TRIES));
    let mut lab: Option<Lab> = None;
    let mut failed = Vec::new();
    println!("\n## {kind}\n\n{}", Row::HEAD);
    for attack in attacks.iter().filter(|attack| attack.name.contains(&only)) {
        let mut row = None;
        for _ in 0..tries {
            let server = lab.take().filter(|lab| lab.flags == attack.flags).unwrap_or_else(|| Lab::for_attack(attack));
            let measured = server.measure(attack, lasts);
            println!("{}", measured.line());
            // A server that an attack has harmed is not used again.
            let harmless = measured.faults.is_empty();
            row = Some(measured);
            if harmless {
                lab = Some(server);
                break;
            }
        }
        let faults = row.map(|row| row.faults).unwrap_or_default();
        if !faults.is_empty() {
            failed.push(format!("{}: {}", attack.name, faults.join("; ")));
        }
    }
    if let Some(lab) = lab {
        lab.stops();
    }
    assert!(failed.is_empty(), "{} of {} attacks on {kind} did harm: {failed:#?}", failed.len(), attacks.len());
}
