//! A server under measurement: a process that listens on a port of this machine.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{Failure, machine};

/// Timeout for the start of a server.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The log filter for statements, which the store logs. The log lines of SQLx are enabled too, because the next log line of
/// the service is lost if SQLx finds that its own are disabled.
const STATEMENTS: &str = "dermagraph::store=trace,sqlx=trace";

/// A server process. The process ends when this is dropped, and when the harness ends.
pub struct Server {
    address: SocketAddr,
    process: Process,
}

/// A process. Dropping it ends the process.
struct Process(Child);

impl Server {
    /// Starts a program with these arguments and `--listen`, and waits until it prints its address.
    ///
    /// # Errors
    /// When the program cannot be started, ends, or does not listen in time.
    pub fn start<A: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = A>) -> Result<Self, Failure> {
        Self::run(program, ending_with_us(program).args(args))
    }

    /// Starts the service like [`Self::start`]. It logs every statement to a file, as lines of JSON.
    ///
    /// # Errors
    /// Those of [`Self::start`], and when the file cannot be created.
    pub fn start_logged<A: AsRef<OsStr>>(
        program: &Path,
        args: impl IntoIterator<Item = A>,
        log: &Path,
    ) -> Result<Self, Failure> {
        let file = File::create(log).map_err(|failure| format!("{}: {failure}", log.display()))?;
        let mut command = ending_with_us(program);
        command.args(args).args(["--log-format", "json"]).env("DERMAGRAPH_LOG", STATEMENTS);
        Self::run(program, command.stderr(file))
    }

    /// Runs the program. The system chooses the port and the program prints it, because a free port that the harness
    /// chooses may be in use before the program listens.
    fn run(program: &Path, command: &mut Command) -> Result<Self, Failure> {
        let process = command
            .args(["--listen", "127.0.0.1:0"])
            .env_remove("DERMAGRAPH_DATABASE_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut process =
            process.map(Process).map_err(|failure| format!("cannot start {}: {failure}", program.display()))?;
        let (sender, addresses) = mpsc::channel();
        let lines = process.0.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
        // The thread reads to the end, so that the program never blocks when it writes.
        thread::spawn(move || {
            for address in lines.map_while(Result::ok).filter_map(|line| address_in(&line)) {
                // Only the first address is received.
                let _ = sender.send(address);
            }
        });
        let address = addresses.recv_timeout(START_TIMEOUT);
        let address = address.map_err(|_| format!("{} has ended, or does not listen", program.display()))?;
        Ok(Self { address, process })
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the id of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.0.id()
    }

    /// Returns its resident memory in bytes; 0 if it has ended.
    #[must_use]
    pub fn resident(&self) -> u64 {
        machine::resident(self.process.0.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns a command whose process is killed when the harness ends, even if the harness is killed.
fn ending_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Returns the address in a line such as `GraphQL http://127.0.0.1:8080/graphql`.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.split('/').next()?.trim().parse().ok()
}
