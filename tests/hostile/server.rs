//! The service under attack, and whether it works at the end as it did at the start.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    path::Path,
    process::ExitStatus,
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::{
    program::{self, Program},
    wire::{self, Outcome},
};

/// How much more resident memory a server may have at the end than it ever had until it was warm, in hundredths. A debug build
/// packs its memory as a release build does, but it is warm after fewer requests.
const GROWTH: u64 = if cfg!(debug_assertions) { 50 } else { 20 };

/// A server on a database of its own, with the starter library.
pub struct Server {
    program: Program,
    /// Where it listens.
    pub address: SocketAddr,
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
        let program = run(folder.path(), settings);
        Self { address: program.address("GraphQL"), program, warm: 0, _folder: folder }
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
        program::status(self.program.id(), field).expect("the server is alive")
    }

    /// Time on processors so far, of all its threads.
    pub fn cpu(&self) -> Duration {
        self.program.cpu()
    }

    /// Checks that a normal query gets its response within an acceptable time.
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
        self.program.told_to_stop();
    }

    /// Waits for its end, no longer than this.
    pub fn ended_within(&mut self, most: Duration) -> ExitStatus {
        self.program.ended_within(most)
    }

    /// Checks that it responds, logged no panic or failure, uses little more memory than before, and stops on a signal.
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
        let failures = self.program.failures();
        assert!(failures.is_empty(), "the server said: {failures:#?}");
    }
}

/// A folder with a database that has the starter library. It is made once, and copied.
fn starter() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = || {
        let folder = tempfile::tempdir().unwrap();
        let mut program = run(folder.path(), &[]);
        // It takes signals from when it serves.
        assert!(matches!(wire::exchange(program.address("GraphQL"), &wire::post(b"")), Outcome::Answered(_)));
        program.told_to_stop();
        assert!(program.ended_within(Duration::from_secs(15)).success());
        folder
    };
    FOLDER.get_or_init(made).path()
}

fn run(folder: &Path, settings: &[&str]) -> Program {
    // A small response cache, because these tests look for leaked memory.
    let arguments = [&["--response-cache", "8"], settings].concat();
    Program::serve(OsStr::new(env!("CARGO_BIN_EXE_dermagraph")), folder, &arguments, "warn")
}
