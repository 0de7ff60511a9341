//! The content of the attacked servers: the starter library and a generated one, with API keys. It is created once, and
//! each server has a copy.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{
    cluster::{self, Cluster, EMPTY, TemporaryDatabase},
    lab::setting,
};

/// Outcomes of the generated library: enough for responses of many mebibytes, few enough for a debug build to import in
/// seconds.
const OUTCOMES: usize = 5000;
/// Outcomes of each procedure.
const OUTCOMES_EACH: usize = 20;
/// The roles of the keys.
const ROLES: [&str; 3] = ["reader", "editor", "publisher"];
/// Name of the PostgreSQL database that is copied.
const TEMPLATE: &str = "attacked";

/// The library that is copied.
struct Library {
    /// The folder with the SQLite database, if the databases are SQLite files.
    data: PathBuf,
    /// The server of the databases; `None` if they are SQLite files.
    cluster: Option<&'static Cluster>,
    /// A key of each role.
    keys: [String; ROLES.len()],
    _folder: tempfile::TempDir,
}

/// A copy of the library for one server. Dropping it removes it.
pub struct LibraryCopy {
    folder: tempfile::TempDir,
    database: Option<TemporaryDatabase>,
}

/// Returns the program.
pub fn program() -> OsString {
    env::var_os("DERMAGRAPH_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_dermagraph").into())
}

/// Returns the key with this role.
pub fn key(role: &str) -> &'static str {
    &library().keys[ROLES.iter().position(|known| *known == role).unwrap()]
}

/// Returns the slug of a generated procedure. After the last one follows the first one again.
pub fn procedure(index: usize) -> String {
    let procedures = outcomes() / OUTCOMES_EACH;
    format!("procedure-{:06}", 1 + index % procedures)
}

fn outcomes() -> usize {
    setting("OUTCOMES", OUTCOMES)
}

impl LibraryCopy {
    /// Copies the library.
    pub fn new() -> Self {
        let (library, folder) = (library(), tempfile::tempdir().unwrap());
        let database = library.cluster.map(|cluster| wait(cluster.temporary(TEMPLATE)));
        if database.is_none() {
            for entry in fs::read_dir(&library.data).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        Self { folder, database }
    }

    /// Returns the folder for the option `--data-dir`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the further options of a server with this database.
    pub fn options(&self) -> Vec<&str> {
        self.database.iter().flat_map(|database| ["--database-url", database.url.as_str()]).collect()
    }
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(create)
}

fn create() -> Library {
    let folder = tempfile::tempdir().unwrap();
    let (documents, data) = (folder.path().join("documents"), folder.path().join("data"));
    let cluster = match setting("DATABASE", "sqlite".to_owned()).as_str() {
        "sqlite" => None,
        "postgres" => Some(wait(cluster::shared()).expect("PostgreSQL is not installed")),
        other => panic!("DERMAGRAPH_ATTACK_DATABASE is {other}, and not sqlite or postgres"),
    };
    let (option, place) = match cluster {
        None => ("--data-dir", data.to_str().unwrap().to_owned()),
        Some(cluster) => {
            wait(cluster.create(TEMPLATE, EMPTY));
            ("--database-url", cluster.url(TEMPLATE))
        }
    };
    let (outcomes, procedures) = (outcomes().to_string(), (outcomes() / OUTCOMES_EACH).to_string());
    run(&["generate", "--outcomes", &outcomes, "--procedures", &procedures], &[&documents]);
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    run(&["import", option, &place], &[&documents, &starter]);
    let keys = ROLES.map(|role| {
        let key = run(&["key", "create", "--name", "Client", "--role", role, option, &place], &[]);
        key.trim().to_owned()
    });
    Library { data, cluster, keys, _folder: folder }
}

/// Runs the program to its end, and returns its standard output.
fn run(arguments: &[&str], paths: &[&Path]) -> String {
    let output = Command::new(program()).args(arguments).args(paths).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a future to its end.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
