//! The program itself, as an operator runs it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use dermagraph::store::DatabaseUrl;

/// The path of the program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_dermagraph");

/// Returns the whole URL of a database, with the user. `Display` omits the user.
pub fn address(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Postgres(address) => address.clone(),
        url @ DatabaseUrl::Sqlite(_) => url.to_string(),
    }
}

/// Returns the command that runs the program on a database, without other settings.
pub fn command(url: &DatabaseUrl, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DERMAGRAPH_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("DERMAGRAPH_DATABASE_URL", address(url));
    command
}

/// Runs the program, which must succeed. Returns its standard output.
pub fn stdout(url: &DatabaseUrl, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(url, arguments).output().unwrap();
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Runs the program, which must fail with exit code 1. Returns its standard output and standard error.
pub fn refused(url: &DatabaseUrl, arguments: &[&str]) -> (String, String) {
    let Output { status, stdout, stderr } = command(url, arguments).output().unwrap();
    assert_eq!(status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&stdout));
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A running service. The process is killed when this is dropped.
pub struct Node {
    process: Child,
    /// The lines that it printed until it was ready.
    pub printed: Vec<String>,
}

impl Node {
    /// Starts a process on any free port. [`Starting::ready`] waits until it is ready.
    pub fn start(url: &DatabaseUrl) -> Starting {
        let mut serve = command(url, &["serve", "--listen", "127.0.0.1:0"]);
        Starting(serve.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    /// Returns the URL of its endpoint.
    pub fn address(&self) -> &str {
        let line = self.printed.iter().find_map(|line| line.trim_start().strip_prefix("GraphQL "));
        line.unwrap_or_else(|| panic!("it does not serve: {:?}", self.printed)).trim()
    }

    /// Sends a signal, for example `TERM`, and waits for the end of the process.
    pub fn end_by(mut self, signal: &str) -> ExitStatus {
        let kill = Command::new("kill").args([&format!("-{signal}"), &self.process.id().to_string()]).status();
        assert!(kill.unwrap().success());
        self.process.wait().unwrap()
    }
}

/// A process that is not ready yet.
pub struct Starting(Child);

impl Starting {
    /// Waits until it is ready.
    pub fn ready(mut self) -> Node {
        let lines = BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let printed = lines.take_while(|line| !line.starts_with("Press Ctrl-C")).collect();
        Node { process: self.0, printed }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
