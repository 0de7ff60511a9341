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

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is logged where statements are looked for: those of the store. SQLx asks whether its own lines are wanted, and where they
/// are not, the next line of the service is lost.
const STATEMENTS: &str = "dermagraph::store=trace,sqlx=trace";

/// A process that serves. It ends when this is dropped, and when the harness ends.
pub struct Server {
    address: SocketAddr,
    process: Process,
}

/// A process that ends when this is dropped.
struct Process(Child);

impl Server {
    /// Starts a program with these arguments and `--listen`, and waits until it says where it listens.
    ///
    /// # Errors
    /// When the program cannot be started, ends, or does not listen in time.
    pub fn start<A: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = A>) -> Result<Self, Failure> {
        Self::run(program, ending_with_us(program).args(args))
    }

    /// Starts the service as [`Self::start`] does, and has it log every statement to a file as lines of JSON.
    ///
    /// # Errors
    /// As above, and when the file cannot be made.
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

    /// The system chooses the port, and the program says which: a port that is free now may be taken a moment later.
    fn run(program: &Path, command: &mut Command) -> Result<Self, Failure> {
        let process = command
            .args(["--listen", "127.0.0.1:0"])
            .env_remove("DERMAGRAPH_DATABASE_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut process =
            process.map(Process).map_err(|failure| format!("cannot start {}: {failure}", program.display()))?;
        let (tell, told) = mpsc::channel();
        let lines = process.0.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines());
        // It reads to the end, so that the program can go on writing.
        thread::spawn(move || {
            for address in lines.map_while(Result::ok).filter_map(|line| address_in(&line)) {
                // Only the first is waited for.
                let _ = tell.send(address);
            }
        });
        let address = told.recv_timeout(PATIENCE);
        let address = address.map_err(|_| format!("{} has ended, or does not listen", program.display()))?;
        Ok(Self { address, process })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.0.id()
    }

    /// Memory that it holds now, in bytes; 0 when it has ended.
    #[must_use]
    pub fn resident(&self) -> u64 {
        machine::resident(self.process.0.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command whose process is killed when the harness ends, however it ends.
fn ending_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// The address in a line such as `GraphQL http://127.0.0.1:8080/graphql`.
fn address_in(line: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.split('/').next()?.trim().parse().ok()
}
