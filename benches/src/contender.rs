//! The servers that are measured: the service without and with its response cache, and the rivals.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum as _;
use dermagraph::store::DatabaseUrl;

use crate::{Failure, client::Request, question::Question, rival::Rival, server::Server};

/// A server that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// The service without its response cache.
    Dermagraph,
    /// The service with its response cache.
    Cached,
    /// The service, with an `If-None-Match` that still matches, to which it responds with 304.
    NotModified,
    /// One of the rivals.
    Rival(Rival),
}

/// The programs, the database and the folder with which contenders are started.
pub struct Arena {
    /// The program `dermagraph`.
    pub dermagraph: PathBuf,
    /// The program that serves rivals: this one.
    pub rivals: PathBuf,
    /// The database that all contenders read.
    pub database: DatabaseUrl,
    /// The parent process of the database server; `None` if its processor time is not counted.
    pub database_server: Option<u32>,
    /// A folder for the responses that the rival `static` serves.
    pub responses: PathBuf,
}

impl Contender {
    /// Returns its name in tables and on the command line.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Dermagraph => "dermagraph".to_owned(),
            Self::Cached => "dermagraph-cached".to_owned(),
            Self::NotModified => "dermagraph-304".to_owned(),
            Self::Rival(rival) => rival.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned()),
        }
    }

    /// Returns all contenders, the service first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let service = [Self::Dermagraph, Self::Cached, Self::NotModified];
        service.into_iter().chain(Rival::value_variants().iter().copied().map(Self::Rival)).collect()
    }

    /// Reports whether its response has a body, which must equal that of the service.
    #[must_use]
    pub fn has_body(self) -> bool {
        !matches!(self, Self::NotModified | Self::Rival(Rival::Empty))
    }

    /// Returns its request for a query. `etag` is the entity tag of an earlier response, for a conditional request.
    #[must_use]
    pub fn request(self, question: &Question, etag: Option<&str>) -> Request {
        // The rival `empty` ignores the header, but its request must be as long as that of the service.
        let etag = etag.or_else(|| (self == Self::Rival(Rival::Empty)).then_some("W/\"00000000000000000000000000000000\""));
        let headers = etag.map(|etag| ("If-None-Match", etag.to_owned())).into_iter().collect();
        match self {
            Self::Dermagraph | Self::Cached | Self::Rival(Rival::Dataloader) => {
                Request { path: "/graphql".to_owned(), body: Some(question.body()), headers }
            }
            Self::NotModified | Self::Rival(Rival::Empty) => Request { path: question.graphql_path(), body: None, headers },
            Self::Rival(_) => Request { path: question.path(), body: None, headers },
        }
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(self, arena: &Arena) -> Result<Server, Failure> {
        match self {
            Self::Dermagraph => arena.serve_uncached(),
            Self::Cached | Self::NotModified => arena.serve(&[]),
            Self::Rival(_) => {
                let name = self.name();
                let mut args: Vec<OsString> = vec!["rival".into(), name.into(), "--database-url".into(), arena.url().into()];
                args.extend(["--responses".into(), arena.responses.clone().into()]);
                Server::start(&arena.rivals, args)
            }
        }
    }
}

impl Arena {
    /// Starts the service without its response cache.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve_uncached(&self) -> Result<Server, Failure> {
        self.serve(self.without_cache())
    }

    /// Starts the service without its response cache, and logs every statement to a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve_logged(&self, log: &Path) -> Result<Server, Failure> {
        let url = self.url();
        let args = ["serve", "--database-url", &url].into_iter().chain(self.without_cache().iter().copied());
        Server::start_logged(&self.dermagraph, args, log)
    }

    /// Creates the key of a publisher, and returns it.
    ///
    /// # Errors
    /// When the program fails.
    pub fn publisher(&self) -> Result<String, Failure> {
        let mut command = Command::new(&self.dermagraph);
        command.args(["key", "create", "--name", "load", "--role", "publisher", "--expires-in", "1d", "--database-url"]);
        let output = command.arg(self.url()).output().map_err(|failure| failure.to_string())?;
        let key = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if key.is_empty() { Err(String::from_utf8_lossy(&output.stderr).into_owned()) } else { Ok(key) }
    }

    fn serve(&self, args: &[&str]) -> Result<Server, Failure> {
        let url = self.url();
        Server::start(&self.dermagraph, ["serve", "--database-url", &url].iter().chain(args))
    }

    /// Returns the arguments that turn the response cache off. Versions without the cache refuse such an argument.
    fn without_cache(&self) -> &'static [&'static str] {
        if self.caches() { &["--response-cache", "0"] } else { &[] }
    }

    /// Reports whether this version of the service has a response cache.
    #[must_use]
    pub fn caches(&self) -> bool {
        let help = Command::new(&self.dermagraph).args(["serve", "--help"]).output();
        help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--response-cache"))
    }

    /// Stores a response for the rival `static`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store(&self, question: &Question, response: &[u8]) -> Result<(), Failure> {
        let path = self.responses.join(format!("{}.json", question.name()));
        fs::write(&path, response).map_err(|failure| format!("{}: {failure}", path.display()))
    }

    fn url(&self) -> String {
        url(&self.database)
    }
}

/// Returns the URL of a database for a command line. It contains the password, so it must not be printed.
#[must_use]
pub fn url(database: &DatabaseUrl) -> String {
    match database {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

/// Returns the path of a program that was built into the same folder as this one.
///
/// # Errors
/// When the file does not exist.
pub fn built(name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().map_err(|failure| failure.to_string())?;
    let path = this.parent().unwrap_or(Path::new(".")).join(name);
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing: cargo build --release --workspace", path.display())) }
}
