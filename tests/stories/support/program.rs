//! The program itself, as an operator runs it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use dermagraph::store::DatabaseUrl;

/// The path of the program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_dermagraph");

/// The whole address of a database; shown, it has no user any more.
pub fn address(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Postgres(address) => address.clone(),
        url @ DatabaseUrl::Sqlite(_) => url.to_string(),
    }
}

/// The program on a database, with no other setting.
pub fn command(url: &DatabaseUrl, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DERMAGRAPH_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("DERMAGRAPH_DATABASE_URL", address(url));
    command
}

/// Returns its output if it succeeds.
pub fn said(url: &DatabaseUrl, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(url, arguments).output().unwrap();
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// What it says when it fails: on standard output, and why.
pub fn refused(url: &DatabaseUrl, arguments: &[&str]) -> (String, String) {
    let Output { status, stdout, stderr } = command(url, arguments).output().unwrap();
    assert_eq!(status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&stdout));
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A process that serves. It ends when it is dropped.
pub struct Node {
    process: Child,
    /// What it said until it served, line by line.
    pub said: Vec<String>,
}

impl Node {
    /// Begins to start one, on any port; [`Starting::ready`] waits for it.
    pub fn start(url: &DatabaseUrl) -> Starting {
        let mut serve = command(url, &["serve", "--listen", "127.0.0.1:0"]);
        Starting(serve.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        let line = self.said.iter().find_map(|line| line.trim_start().strip_prefix("GraphQL "));
        line.unwrap_or_else(|| panic!("it does not serve: {:?}", self.said)).trim()
    }

    /// Sends a signal, for example `TERM`, and waits for the end of the process.
    pub fn end_by(mut self, signal: &str) -> ExitStatus {
        let kill = Command::new("kill").args([&format!("-{signal}"), &self.process.id().to_string()]).status();
        assert!(kill.unwrap().success());
        self.process.wait().unwrap()
    }
}

/// A process that is about to serve.
pub struct Starting(Child);

impl Starting {
    /// Waits until it serves.
    pub fn ready(mut self) -> Node {
        let lines = BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let said = lines.take_while(|line| !line.starts_with("Ctrl-C")).collect();
        Node { process: self.0, said }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
