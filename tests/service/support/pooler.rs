//! `PgBouncer` for tests, configured by the file that the documentation gives to operators.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use dermagraph::store::DatabaseUrl;

/// The configuration file in the documentation.
const SETTINGS: &str = include_str!("../../../docs/pgbouncer.ini");

/// Maximum time until it is ready.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// The setting for the number of its connections to the server: fewer than the clients of a test, so that they must
/// share them.
const SERVER_CONNECTIONS: &str = "default_pool_size = 3";

/// A pooler in front of one database. It ends when it is dropped.
pub struct Pooler {
    process: Child,
    _folder: tempfile::TempDir,
    /// The URL of the database through the pooler.
    pub url: DatabaseUrl,
}

impl Pooler {
    /// Starts a pooler in front of a PostgreSQL database. Returns `None` and prints a message if `PgBouncer` is not
    /// installed.
    pub fn start(database: &DatabaseUrl) -> Option<Self> {
        Self::start_with(database, "")
    }

    /// Like [`Self::start`], with an additional line in its settings.
    pub fn start_with(database: &DatabaseUrl, line: &str) -> Option<Self> {
        let program = installed()?;
        let DatabaseUrl::Postgres(address) = database else { panic!("{database}") };
        let (_, rest) = address.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let server = server.replace(':', " port=");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let users = folder.path().join("userlist.txt");
        fs::write(&users, "\"postgres\" \"secret\"\n").unwrap();
        let mut settings = SETTINGS.to_owned();
        for (shown, here) in [
            ("dermagraph = host=127.0.0.1 port=5432 dbname=dermagraph", format!("{name} = host={server} dbname={name}")),
            ("listen_port = 6432", format!("listen_port = {port}")),
            ("auth_file = /etc/pgbouncer/userlist.txt", format!("auth_file = {}", users.display())),
            ("default_pool_size = 20", SERVER_CONNECTIONS.to_owned()),
        ] {
            assert!(settings.contains(&format!("\n{shown}\n")), "docs/pgbouncer.ini has no {shown}");
            settings = settings.replace(shown, &here);
        }
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, format!("{settings}\n{line}\n")).unwrap();
        let mut process = unprivileged(folder.path(), program).arg("--quiet").arg(&file).spawn().unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < START_TIMEOUT, "PgBouncer did not start: {ended:?}");
            std::thread::yield_now();
        }
        let url = format!("postgres://postgres:secret@127.0.0.1:{port}/{name}?pgbouncer=true").parse().unwrap();
        Some(Self { process, _folder: folder, url })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn installed() -> Option<&'static str> {
    // Debian has it among the programs of the administrator.
    let program = ["pgbouncer", "/usr/sbin/pgbouncer"].into_iter().find(|program| {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    });
    if program.is_none() {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "pgbouncer is not installed, and with CI=true its tests must run");
        eprintln!("SKIPPED behind PgBouncer: pgbouncer is not installed");
    }
    program
}

/// Returns the command for a program that refuses to run as root. If the tests run as root, it runs as the user of the
/// PostgreSQL server.
fn unprivileged(folder: &Path, program: &str) -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        return Command::new(program);
    }
    let owned = Command::new("chown").arg("-R").arg("postgres").arg(folder).status().unwrap();
    assert!(owned.success());
    // `runuser` would stay as the parent process, and would be killed instead of the program.
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--clear-groups", program]);
    command
}
