//! PostgreSQL databases for tests: one temporary cluster per run, one database per test.
//!
//! A database takes more than 10 MB, so the databases of tests that have ended are dropped when another one is created.
//!
//! A shell starts the server and waits for the end of its standard input. The input ends when this process ends, even if
//! it is killed; then the shell stops the server and removes its files.

use std::{
    cell::RefCell,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use dermagraph::store::DatabaseUrl;
use sea_orm::{ConnectionTrait as _, Database};
use tokio::sync::OnceCell;

/// Name of the database that is copied for tests with the starter library.
const TEMPLATE: &str = "starter";

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

/// Creates a database with the starter library. Returns its URL; `None` if PostgreSQL is not installed.
pub async fn starter() -> Option<DatabaseUrl> {
    static FILLED: OnceCell<()> = OnceCell::const_new();
    let cluster = cluster().await?;
    FILLED
        .get_or_init(|| async {
            create(cluster, TEMPLATE, "template0").await;
            super::fill(&url(cluster, TEMPLATE), &super::starter_documents()).await;
        })
        .await;
    Some(new(cluster, TEMPLATE).await)
}

/// Imports the starter library into a database of this server. Returns its URL.
pub async fn starter_in(cluster: &Cluster) -> DatabaseUrl {
    let url = url(cluster, "postgres");
    super::fill(&url, &super::starter_documents()).await;
    url
}

/// Creates an empty database. Returns its URL; `None` if PostgreSQL is not installed.
pub async fn empty() -> Option<DatabaseUrl> {
    let cluster = cluster().await?;
    Some(new(cluster, "template0").await)
}

/// The databases of tests that have ended.
static UNUSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The databases that one test has created. The thread of the test drops this value when it ends.
struct Created(RefCell<Vec<String>>);

impl Drop for Created {
    fn drop(&mut self) {
        UNUSED.lock().unwrap().append(self.0.get_mut());
    }
}

async fn new(cluster: &Cluster, template: &str) -> DatabaseUrl {
    thread_local! { static CREATED: Created = const { Created(RefCell::new(Vec::new())) }; }
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let name = format!("story_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    create(cluster, &name, template).await;
    CREATED.with(|created| created.0.borrow_mut().push(name.clone()));
    url(cluster, &name)
}

/// Creates a database, and drops those that are not used any more.
async fn create(cluster: &Cluster, name: &str, template: &str) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    let admin = Database::connect(format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port)).await.unwrap();
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

fn url(cluster: &Cluster, name: &str) -> DatabaseUrl {
    format!("postgres://postgres@127.0.0.1:{}/{name}", cluster.port).parse().unwrap()
}

async fn cluster() -> Option<&'static Cluster> {
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
    // The port is free now. Nothing else binds a port on this machine before the server binds this one.
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
