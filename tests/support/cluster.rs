//! Temporary PostgreSQL servers, and databases on the one that all tests of a run share.
//!
//! A shell starts the server and waits for the end of its standard input. The input ends when this process ends, even if
//! it is killed; then the shell stops the server and removes its files.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::OnceCell;

/// An empty database, which every server has.
pub const EMPTY: &str = "template0";

const SCRIPT: &str = r#"
set -u
folder=$(mktemp -d)
as=""
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id -u "$user" >/dev/null 2>&1 || useradd --system --no-create-home "$user"
  chown -R "$user" "$folder" ${2:+"$2"}
  as="runuser -u $user --"
fi
cd "$folder"
$as initdb -D "$folder/data" -U postgres -A trust -E UTF8 --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
tls=""
if [ $# = 2 ]; then
  tls="-c ssl=on -c ssl_cert_file=$2/server.crt -c ssl_key_file=$2/server.key"
  echo "hostssl all all 127.0.0.1/32 trust" >"$folder/data/pg_hba.conf"
fi
$as pg_ctl -D "$folder/data" -w -l "$folder/server.log" \
  -o "-p $1 $tls -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=300" start >/dev/null 2>&1 \
  || { cat "$folder/server.log" >&2; exit 1; }
echo ready
cat >/dev/null
$as pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1
rm -rf "$folder"
"#;

/// A PostgreSQL server.
pub struct Cluster {
    /// The port on 127.0.0.1 on which it listens.
    pub port: u16,
    /// The shell that stops the server when its standard input ends.
    _shell: Child,
}

/// A database of one test. A database takes more than 10 MB, so after this value is dropped, the database is dropped when
/// another one is created.
pub struct TemporaryDatabase {
    name: String,
    /// Its URL.
    pub url: String,
}

/// The databases of dropped values.
static UNUSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

impl Drop for TemporaryDatabase {
    fn drop(&mut self) {
        UNUSED.lock().unwrap().push(std::mem::take(&mut self.name));
    }
}

impl Cluster {
    /// Returns the URL of a database.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Creates a copy of a database for a test.
    pub async fn temporary(&self, template: &str) -> TemporaryDatabase {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.create(&name, template).await;
        TemporaryDatabase { url: self.url(&name), name }
    }

    /// Creates a copy of a database, and drops those that are not used any more.
    pub async fn create(&self, name: &str, template: &str) {
        static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = ONE_AT_A_TIME.lock().await;
        let admin = Database::connect(self.url("postgres")).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        let unused = std::mem::take(&mut *UNUSED.lock().unwrap());
        for database in unused {
            // A database that cannot be dropped is removed with the cluster.
            if let Err(failure) = admin.execute_unprepared(&format!("DROP DATABASE {database} WITH (FORCE)")).await {
                eprintln!("cannot drop {database}: {failure}");
            }
        }
        admin.close().await.unwrap();
    }
}

/// Returns the server that all tests of a run share; `None` if PostgreSQL is not installed.
pub async fn shared() -> Option<&'static Cluster> {
    static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();
    CLUSTER.get_or_init(|| async { start(None) }).await.as_ref()
}

/// Starts a server. Returns `None` and prints a message if PostgreSQL is not installed. If `certificate` is a folder
/// with a certificate in `server.crt` and its key in `server.key`, the server accepts only connections with TLS.
pub fn start(certificate: Option<&Path>) -> Option<Cluster> {
    let installed = ["initdb", "pg_ctl", "postgres"].iter().all(|tool| {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    });
    if !installed {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "PostgreSQL (initdb, pg_ctl, postgres) is not on the path, and with CI=true its tests must run");
        eprintln!("SKIPPED on PostgreSQL: initdb, pg_ctl and postgres are not on the path");
        return None;
    }
    // The port is free now; nothing else asks for ports on this machine in the moment until the server takes it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut shell = Command::new("sh")
        .args(["-c", SCRIPT, "cluster", &port.to_string()])
        .args(certificate)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "ready", "PostgreSQL did not start");
    Some(Cluster { port, _shell: shell })
}
