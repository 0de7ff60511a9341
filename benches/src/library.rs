//! The libraries that are measured on, and the databases that hold them.
//!
//! They are made once, in a folder, and found there again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::ValueEnum;
use dermagraph::store::DatabaseUrl;
use sea_orm::{ConnectionTrait as _, Database};

use crate::{Failure, cluster::Cluster, contender::url};

/// Which kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The embedded one
    Sqlite,
    /// A cluster that the harness starts
    Postgres,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Size {
    /// The starter library
    Starter,
    /// 200 procedures, 4,000 outcomes
    #[value(name = "S")]
    S,
    /// 2,000 procedures, 40,000 outcomes
    #[value(name = "M")]
    M,
    /// 20,000 procedures, 1,000,000 outcomes, 200,000 sources
    #[value(name = "L")]
    L,
    /// 200 procedures, one of them with 5,000 outcomes
    Parent,
}

impl Size {
    /// What it is called in names of files and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
            Self::Parent => "parent",
        }
    }

    /// What the generator is told.
    fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Starter => &[],
            Self::S => &["--procedures=200", "--outcomes=4000"],
            Self::M => &["--procedures=2000", "--outcomes=40000"],
            Self::L => &["--procedures=20000", "--outcomes=1000000", "--sources=200000"],
            Self::Parent => &["--procedures=200", "--outcomes=6990", "--largest=5000"],
        }
    }
}

/// A database that is ready, and what must run as long as it is used.
pub struct Library {
    /// Its address.
    pub database: DatabaseUrl,
    /// The cluster that it is in; `None` on SQLite, and when somebody else runs it.
    cluster: Option<Cluster>,
}

impl Library {
    /// The first process of the database server; `None` where there is none, or somebody else runs it.
    #[must_use]
    pub fn server(&self) -> Option<u32> {
        self.cluster.as_ref().and_then(Cluster::postmaster)
    }

    /// A database of somebody else.
    #[must_use]
    pub fn at(database: DatabaseUrl) -> Self {
        Self { database, cluster: None }
    }

    /// The database of a size, made when it is not in the folder yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn open(engine: Engine, size: Size, folder: &Path, dermagraph: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|failure| format!("{}: {failure}", folder.display()))?;
        match engine {
            Engine::Sqlite => {
                let path = folder.join(format!("dg-{}.db", size.name()));
                let database = DatabaseUrl::Sqlite(path.clone());
                if !path.exists() {
                    // Renamed when it is whole, so that one that was broken off is not taken for it.
                    let begun = path.with_extension("new");
                    import(dermagraph, size, folder, &DatabaseUrl::Sqlite(begun.clone()))?;
                    fs::rename(&begun, &path).map_err(|failure| format!("{}: {failure}", path.display()))?;
                }
                Ok(Self::at(database))
            }
            Engine::Postgres => {
                let cluster = Cluster::start(&folder.join("postgres"))?;
                let database = filled(&cluster, size, folder, dermagraph).await?;
                Ok(Self { database, cluster: Some(cluster) })
            }
        }
    }
}

/// The database of a size in a cluster.
async fn filled(cluster: &Cluster, size: Size, folder: &Path, dermagraph: &Path) -> Result<DatabaseUrl, Failure> {
    let failed = |failure: sea_orm::DbErr| failure.to_string();
    let name = format!("dg_{}", size.name().to_lowercase());
    let admin = Database::connect(cluster.url("postgres")).await.map_err(failed)?;
    let found = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    let found = admin.query_one_raw(sea_orm::Statement::from_string(admin.get_database_backend(), found)).await;
    let database = DatabaseUrl::Postgres(cluster.url(&name));
    if found.map_err(failed)?.is_some() {
        return Ok(database);
    }
    let begun = format!("{name}_new");
    admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {begun}")).await.map_err(failed)?;
    admin.execute_unprepared(&format!("CREATE DATABASE {begun}")).await.map_err(failed)?;
    import(dermagraph, size, folder, &DatabaseUrl::Postgres(cluster.url(&begun)))?;
    let inside = Database::connect(cluster.url(&begun)).await.map_err(failed)?;
    inside.execute_unprepared("VACUUM ANALYZE").await.map_err(failed)?;
    inside.close().await.map_err(failed)?;
    admin.execute_unprepared(&format!("ALTER DATABASE {begun} RENAME TO {name}")).await.map_err(failed)?;
    Ok(database)
}

/// Imports the documents of a size into an empty database.
fn import(dermagraph: &Path, size: Size, folder: &Path, database: &DatabaseUrl) -> Result<(), Failure> {
    let documents = documents(dermagraph, size, folder)?;
    eprintln!("importing {} ..", documents.display());
    let mut command = Command::new(dermagraph);
    run(command.arg("import").arg(documents).args(["--database-url", &url(database)]))
}

/// The folder with the documents of a size, made up when it is not there yet.
fn documents(dermagraph: &Path, size: Size, folder: &Path) -> Result<PathBuf, Failure> {
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
    if size == Size::Starter {
        return Ok(starter);
    }
    let documents = folder.join(format!("{}-documents", size.name()));
    if !documents.exists() {
        eprintln!("generating {} ..", documents.display());
        run(Command::new(dermagraph).arg("generate").arg(&documents).args(size.numbers()))?;
    }
    Ok(documents)
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed: {status}")),
        Err(failure) => Err(format!("{command:?}: {failure}")),
    }
}
