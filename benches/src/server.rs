//! A server under measurement: a process that listens on a port of this machine.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Failure, machine};

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that serves. It ends when this is dropped, and when the harness ends.
pub struct Server {
    address: SocketAddr,
    process: Child,
}

impl Server {
    /// Starts a program with `--listen` and these arguments, and waits until it takes connections.
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
        command.args(args).args(["--log-format", "json"]).env("DERMAGRAPH_LOG", "dermagraph::store=trace");
        Self::run(program, command.stderr(file))
    }

    fn run(program: &Path, command: &mut Command) -> Result<Self, Failure> {
        let address = free_address().map_err(|failure| format!("no free port: {failure}"))?;
        let process = command
            .arg("--listen")
            .arg(address.to_string())
            .env_remove("DERMAGRAPH_DATABASE_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|failure| format!("cannot start {}: {failure}", program.display()))?;
        let mut server = Self { address, process };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Ok(Some(status)) = server.process.try_wait() {
                return Err(format!("{} ended before it listened: {status}", program.display()));
            }
            if started.elapsed() > PATIENCE {
                return Err(format!("{} does not listen after {} seconds", program.display(), PATIENCE.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Memory that it holds now, in bytes; 0 when it has ended.
    #[must_use]
    pub fn resident(&self) -> u64 {
        machine::resident(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command whose process is killed when the harness ends, however it ends.
fn ending_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// An address of this machine that nothing listens on now.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
