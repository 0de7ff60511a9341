//! Who is measured: the service as it is, with its cache, and the rivals.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum as _;
use dermagraph::store::DatabaseUrl;

use crate::{Failure, client::Ask, question::Question, rival::Rival, server::Server};

/// Somebody who answers the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// The service, every answer made anew.
    Dermagraph,
    /// The service with its response cache.
    Cached,
    /// The service, asked by who has the answer already: 304.
    NotModified,
    /// One of the rivals.
    Rival(Rival),
}

/// What is needed to start contenders.
pub struct Arena {
    /// The program `dermagraph`.
    pub dermagraph: PathBuf,
    /// The program that serves rivals: this one.
    pub rivals: PathBuf,
    /// The database that all answer from.
    pub database: DatabaseUrl,
    /// The first process of the database server; `None` when its processor time is not to be told.
    pub database_server: Option<u32>,
    /// A folder for the bytes that are served as they are.
    pub answers: PathBuf,
}

impl Contender {
    /// What it is called in tables and on the command line.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Dermagraph => "dermagraph".to_owned(),
            Self::Cached => "dermagraph-cached".to_owned(),
            Self::NotModified => "dermagraph-304".to_owned(),
            Self::Rival(rival) => rival.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned()),
        }
    }

    /// Everyone, the service first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let service = [Self::Dermagraph, Self::Cached, Self::NotModified];
        service.into_iter().chain(Rival::value_variants().iter().copied().map(Self::Rival)).collect()
    }

    /// Whether its answer has a body that must be that of the others.
    #[must_use]
    pub fn answers(self) -> bool {
        !matches!(self, Self::NotModified | Self::Rival(Rival::Empty))
    }

    /// How it is asked. `etag` is of an answer that was given before, to whoever is asked whether it is still the same.
    #[must_use]
    pub fn ask(self, question: &Question, etag: Option<&str>) -> Ask {
        // The rival that looks at none gets one as well.
        let etag = etag.or_else(|| (self == Self::Rival(Rival::Empty)).then_some("W/\"00000000000000000000000000000000\""));
        let headers = etag.map(|etag| ("If-None-Match", etag.to_owned())).into_iter().collect();
        match self {
            Self::Dermagraph | Self::Cached | Self::Rival(Rival::Dataloader) => {
                Ask { path: "/graphql".to_owned(), body: Some(question.body()), headers }
            }
            Self::NotModified | Self::Rival(Rival::Empty) => Ask { path: question.graphql_path(), body: None, headers },
            Self::Rival(_) => Ask { path: question.path(), body: None, headers },
        }
    }

    /// Starts it.
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
                args.extend(["--answers".into(), arena.answers.clone().into()]);
                Server::start(&arena.rivals, args)
            }
        }
    }
}

impl Arena {
    /// Starts the service, every answer made anew.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve_uncached(&self) -> Result<Server, Failure> {
        self.serve(self.without_cache())
    }

    /// Starts the service, every answer made anew and every statement logged to a file.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve_logged(&self, log: &Path) -> Result<Server, Failure> {
        let url = self.url();
        let args = ["serve", "--database-url", &url].into_iter().chain(self.without_cache().iter().copied());
        Server::start_logged(&self.dermagraph, args, log)
    }

    fn serve(&self, args: &[&str]) -> Result<Server, Failure> {
        let url = self.url();
        Server::start(&self.dermagraph, ["serve", "--database-url", &url].iter().chain(args))
    }

    /// Versions before the cache know no such argument.
    fn without_cache(&self) -> &'static [&'static str] {
        if self.caches() { &["--response-cache", "0"] } else { &[] }
    }

    /// Whether this version of the service has a response cache.
    #[must_use]
    pub fn caches(&self) -> bool {
        let help = Command::new(&self.dermagraph).args(["serve", "--help"]).output();
        help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--response-cache"))
    }

    /// Keeps the bytes of an answer for the rival that serves them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, question: &Question, answer: &[u8]) -> Result<(), Failure> {
        let path = self.answers.join(format!("{}.json", question.name()));
        fs::write(&path, answer).map_err(|failure| format!("{}: {failure}", path.display()))
    }

    fn url(&self) -> String {
        url(&self.database)
    }
}

/// An address as the command line takes it, password and all; to be shown to programs only.
#[must_use]
pub fn url(database: &DatabaseUrl) -> String {
    match database {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

/// A program that was built beside this one.
///
/// # Errors
/// When it is not there.
pub fn built(name: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe().map_err(|failure| failure.to_string())?;
    let path = this.parent().unwrap_or(Path::new(".")).join(name);
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing: cargo build --release --workspace", path.display())) }
}
