//! The program itself, running as a process of its own, and what it uses.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

use crate::wire::{self, Outcome};

/// A tick of the clock in `/proc/<pid>/stat`: Linux tells it as a hundredth of a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// How much more resident memory a server may have at the end than it ever had until it was warm, in hundredths. A debug build
/// packs its memory as a release build does, but it is warm after fewer requests.
const GROWTH: u64 = if cfg!(debug_assertions) { 50 } else { 20 };

/// A server on a database of its own, with the starter library.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it wrote to standard error.
    log: Arc<Mutex<String>>,
    warm: u64,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts the program on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts the program with some settings.
    pub fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(starter()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let (child, address, log) = run(folder.path(), settings);
        Self { child, address, log, warm: 0, _folder: folder }
    }

    /// Everything from now on is measured against the most that it used so far: what it uses at this moment depends on when
    /// its allocator last gave something back.
    pub fn is_warm(&mut self) {
        self.warm = self.status("VmHWM:");
    }

    /// Resident memory, in KiB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server is alive");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Time on processors so far, of all its threads.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the server is alive");
        // The name of the program, in brackets, may hold spaces.
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks = |place: usize| fields[place].parse::<u32>().unwrap();
        TICK * (ticks(11) + ticks(12))
    }

    /// A normal query is answered, within a time that a person would wait.
    pub fn still_answers(&self) {
        let started = Instant::now();
        let query = br#"{"query": "{ condition(by: {slug: \"melasma\"}) { name } }"}"#;
        match wire::exchange(self.address, &wire::post(query)) {
            Outcome::Answered(answer) => {
                assert_eq!(answer.text(), r#"{"data":{"condition":{"name":"Melasma"}}}"#, "{answer:?}");
            }
            other => panic!("a normal query got {other:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(5), "a normal query took {:?}", started.elapsed());
    }

    /// Sends SIGTERM.
    pub fn told_to_stop(&self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Waits for its end, no longer than this.
    pub fn ended_within(&mut self, most: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < most, "the server still runs {most:?} after it was told to stop");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// It is alive and answers, said nothing of panics or failures, uses little more memory than before, and stops when told to.
    pub fn ends_well(mut self) {
        self.still_answers();
        let memory = self.memory();
        println!("memory: at most {} KiB until warm, {memory} KiB at the end", self.warm);
        if self.warm > 0 {
            assert!(memory * 100 <= self.warm * (100 + GROWTH), "{} KiB grew to {memory} KiB", self.warm);
        }
        self.told_to_stop();
        assert!(self.ended_within(Duration::from_secs(15)).success());
        self.said_nothing_of_failures();
    }

    /// Its log has no panic, no overflow and no failure of its own.
    pub fn said_nothing_of_failures(&self) {
        let log = self.log.lock().unwrap();
        // Actix tells of every head that it cannot read as an error; that is none of the server's.
        let own = log.lines().filter(|line| !line.contains("actix_http::h1"));
        let failures = own.filter(|line| ["panicked", "overflow", "ERROR"].iter().any(|word| line.contains(word)));
        let failures: Vec<&str> = failures.take(10).collect();
        assert!(failures.is_empty(), "the server said: {failures:#?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with a database that has the starter library. It is made once, and copied.
fn starter() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = || {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, address, _) = run(folder.path(), &[]);
        // It takes signals from when it serves.
        assert!(matches!(wire::exchange(address, &wire::post(b"")), Outcome::Answered(_)));
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert!(child.wait().unwrap().success());
        folder
    };
    FOLDER.get_or_init(made).path()
}

fn run(folder: &Path, settings: &[&str]) -> (Child, SocketAddr, Arc<Mutex<String>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dermagraph"))
        .args(["--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()])
        // What is kept on purpose is bounded by this, and not what is looked for here.
        .args(["--response-cache", "8"])
        .args(settings)
        .env("DERMAGRAPH_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let (kept, mut stderr) = (Arc::clone(&log), child.stderr.take().unwrap());
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = stderr.read(&mut piece) {
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| Some(line.split_once("GraphQL     http://")?.1.split_once('/')?.0.to_owned()));
    let address = address.unwrap_or_else(|| panic!("the server did not start: {}", log.lock().unwrap()));
    // A full pipe would stop it.
    thread::spawn(move || lines.for_each(drop));
    (child, address.parse().unwrap(), log)
}
