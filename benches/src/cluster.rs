//! A PostgreSQL cluster that runs while the harness needs it.
//!
//! A shell starts the server and reads its own standard input. The input ends when the harness ends, even if the harness is
//! killed; then the shell stops the server. The files stay, so that a large library is loaded only once.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::Failure;

/// The script of that shell. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
const SCRIPT: &str = r#"
set -u
folder=$1
as=""
if [ "$(id -u)" = 0 ]; then
  id -u postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
  chown postgres "$folder"
  as="runuser -u postgres --"
fi
cd "$folder"
if [ ! -e "$folder/data/PG_VERSION" ]; then
  $as initdb -D "$folder/data" -U postgres -A trust -E UTF8 >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
fi
$as pg_ctl -D "$folder/data" -w -t 60 -l "$folder/server.log" -o "-p $2 -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories= -c shared_buffers=1GB -c effective_cache_size=4GB -c random_page_cost=1.1 -c work_mem=16MB \
  -c maintenance_work_mem=512MB -c max_wal_size=4GB -c max_connections=200" start >/dev/null 2>&1 \
  || { tail "$folder/server.log" >&2; exit 1; }
echo ready
cat >/dev/null
$as pg_ctl -D "$folder/data" -m fast stop >/dev/null 2>&1
"#;

/// A running cluster. Dropping it stops the server.
pub struct Cluster {
    port: u16,
    folder: PathBuf,
    shell: Child,
}

impl Cluster {
    /// Starts the cluster in a folder, and creates it if the folder has none.
    ///
    /// # Errors
    /// When PostgreSQL is not on the path, or does not start.
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|failure| format!("{}: {failure}", folder.display()))?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(|failure| format!("no free port: {failure}"))?.port();
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "cluster"])
            .arg(folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|failure| format!("cannot start a shell: {failure}"))?;
        let mut line = String::new();
        let read = shell.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
        match read {
            Some(Ok(_)) if line.trim() == "ready" => Ok(Self { port, folder: folder.to_owned(), shell }),
            _ => Err("PostgreSQL did not start; initdb and pg_ctl must be on the path".to_owned()),
        }
    }

    /// Returns the id of the server's parent process; `None` if it has ended.
    #[must_use]
    pub fn postmaster(&self) -> Option<u32> {
        fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }

    /// Returns the URL of a database in the cluster.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Otherwise the next run could start while the server is still stopping.
        let _ = self.shell.wait();
    }
}
