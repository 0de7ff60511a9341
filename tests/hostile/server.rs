//! The service under attack, and checks that it still works afterwards and uses no more memory.

use std::{
    ffi::OsStr,
    fs,
    net::SocketAddr,
    path::Path,
    process::ExitStatus,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use crate::{
    program::{self, Program},
    wire::{self, Outcome},
};

/// Maximum percentage by which resident memory may exceed the maximum of the first requests. It is greater for a debug
/// build, which receives fewer first requests.
const GROWTH: u64 = if cfg!(debug_assertions) { 50 } else { 20 };

/// A server on a database of its own, with the starter library.
pub struct Server {
    program: Program,
    /// The address that it listens on.
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

    /// Marks the end of the first requests: at the end of the test, memory is compared with the maximum until now. The
    /// current value would depend on when the allocator last released memory.
    pub fn mark_warm(&mut self) {
        self.warm = self.status("VmHWM:");
    }

    /// Resident memory, in KiB.
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, field: &str) -> u64 {
        program::status(self.program.id(), field).expect("the server is alive")
    }

    /// Processor time of all its threads since the start.
    pub fn cpu(&self) -> Duration {
        self.program.cpu()
    }

    /// Checks that a normal query gets its response within an acceptable time.
    pub fn still_responds(&self) {
        let started = Instant::now();
        let query = br#"{"query": "{ condition(by: {slug: \"melasma\"}) { name } }"}"#;
        match wire::exchange(self.address, &wire::post(query)) {
            Outcome::Responded(response) => {
                assert_eq!(response.text(), r#"{"data":{"condition":{"name":"Melasma"}}}"#, "{response:?}");
            }
            other => panic!("a normal query got {other:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(5), "a normal query took {:?}", started.elapsed());
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        self.program.terminate();
    }

    /// Waits until the process ends, at most for this time.
    pub fn ended_within(&mut self, most: Duration) -> ExitStatus {
        self.program.ended_within(most)
    }

    /// Checks that it responds, logged no panic or failure, uses little more memory than before, and stops on a signal.
    pub fn ends_well(mut self) {
        self.still_responds();
        let memory = self.memory();
        println!("memory: at most {} KiB until warm, {memory} KiB at the end", self.warm);
        if self.warm > 0 {
            assert!(memory * 100 <= self.warm * (100 + GROWTH), "{} KiB grew to {memory} KiB", self.warm);
        }
        self.terminate();
        assert!(self.ended_within(Duration::from_secs(15)).success());
        self.logged_no_failure();
    }

    /// Waits until its log has this text, and returns the log.
    pub fn log_with(&self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let log = self.program.log.lock().unwrap().clone();
            if log.contains(text) {
                return log;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "the log lacks {text:?}: {log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Checks that its log has no panic, no overflow and no internal error.
    pub fn logged_no_failure(&self) {
        let failures = self.program.failures();
        assert!(failures.is_empty(), "the server logged: {failures:#?}");
    }
}

/// A folder with a database that has the starter library. It is created once, and copied.
fn starter() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = || {
        let folder = tempfile::tempdir().unwrap();
        let mut program = run(folder.path(), &[]);
        // The program handles signals only once it serves.
        assert!(matches!(wire::exchange(program.address("GraphQL"), &wire::post(b"")), Outcome::Responded(_)));
        program.terminate();
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
