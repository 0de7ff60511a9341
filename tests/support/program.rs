//! Starts the program as a process, and measures what it uses.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// A tick of the clock in `/proc/<pid>/stat`: a hundredth of a second on every architecture of Linux.
const TICK: Duration = Duration::from_millis(10);

/// A running program. Dropping it kills it.
pub struct Program {
    child: Child,
    /// Its output on standard output until it was ready.
    greeting: String,
    /// Its output on standard error.
    pub log: Arc<Mutex<String>>,
}

impl Program {
    /// Starts `serve` on a free port, with the database in `folder`, further arguments and a log of these levels, and
    /// waits until it is ready.
    pub fn serve(program: &OsStr, folder: &Path, arguments: &[&str], log: &str) -> Self {
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()])
            .args(arguments)
            .env("DERMAGRAPH_LOG", log)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (written, mut stderr) = (Arc::clone(&log), child.stderr.take().unwrap());
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut piece) {
                written.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        });
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // The address of metrics, if any, is printed after that of GraphQL; the last line says how to stop the service.
        for line in lines.by_ref() {
            greeting.push_str(&line);
            greeting.push('\n');
            if line.starts_with("Press Ctrl-C") {
                break;
            }
        }
        assert!(greeting.contains("GraphQL"), "the server did not start: {}", log.lock().unwrap());
        // A full pipe would stop it.
        thread::spawn(move || lines.for_each(drop));
        Self { child, greeting, log }
    }

    /// Returns the address that it prints under this name: `GraphQL` or `metrics`.
    pub fn address(&self, name: &str) -> SocketAddr {
        let line = self.greeting.lines().find_map(|line| line.trim().strip_prefix(name)?.trim().strip_prefix("http://"));
        line.and_then(|line| line.split('/').next()?.parse().ok()).expect("the server prints its addresses")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the processor time of all its threads since the start.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("the server is alive");
        // The name of the program, in brackets, may contain spaces.
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks = |index: usize| fields[index].parse::<u32>().unwrap();
        TICK * (ticks(11) + ticks(12))
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        assert!(Command::new("kill").arg(self.id().to_string()).status().unwrap().success());
    }

    /// Waits until the process ends, at most for this time.
    pub fn ended_within(&mut self, most: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < most, "the server still runs {most:?} after it received SIGTERM");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the first ten lines of its log that report a panic, an overflow or an internal error.
    pub fn failures(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        // Actix logs an error for every malformed head; these are not failures of the service.
        let own = log.lines().filter(|line| !line.contains("actix_http::h1"));
        let failures = own.filter(|line| ["panicked", "overflow", "ERROR"].iter().any(|word| line.contains(word)));
        failures.take(10).map(str::to_owned).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A number of `/proc/<pid>/status`, such as `VmRSS:` in KiB; `None` when the process has ended.
pub fn status(process: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
