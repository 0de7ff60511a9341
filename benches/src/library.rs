//! The generated libraries, and the databases that contain them.
//!
//! They are created once, in a folder, and used again by later runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::ValueEnum;
use dermagraph::store::DatabaseUrl;
use sea_orm::{ConnectionTrait as _, Database};

use crate::{Failure, cluster::Cluster, contender::url};

/// The kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// SQLite, in the process of the service
    Sqlite,
    /// PostgreSQL, in a cluster that the harness starts
    Postgres,
}

/// The size of the library.
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
    /// 2,000 procedures, 100,000 outcomes
    #[value(name = "100k")]
    Authors,
    /// 20,000 procedures, 1,000,000 outcomes, 200,000 sources
    #[value(name = "L")]
    L,
    /// 200 procedures, one of them with 5,000 outcomes
    Parent,
}

impl Size {
    /// Returns its name in file names and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::S => "S",
            Self::M => "M",
            Self::Authors => "100k",
            Self::L => "L",
            Self::Parent => "parent",
        }
    }

    /// Returns the arguments of `dermagraph generate`.
    fn numbers(self) -> &'static [&'static str] {
        match self {
            Self::Starter => &[],
            Self::S => &["--procedures=200", "--outcomes=4000"],
            Self::M => &["--procedures=2000", "--outcomes=40000"],
            Self::Authors => &["--procedures=2000", "--outcomes=100000"],
            Self::L => &["--procedures=20000", "--outcomes=1000000", "--sources=200000"],
            Self::Parent => &["--procedures=200", "--outcomes=6990", "--largest=5000"],
        }
    }
}

/// A database with content, and the cluster that must run while it is used.
pub struct Library {
    /// Its URL.
    pub database: DatabaseUrl,
    /// The cluster that it is in; `None` on SQLite, and if the harness did not start the server.
    cluster: Option<Cluster>,
}

impl Library {
    /// Returns the parent process of the database server; `None` on SQLite, and if the harness did not start the server.
    #[must_use]
    pub fn server(&self) -> Option<u32> {
        self.cluster.as_ref().and_then(Cluster::postmaster)
    }

    /// Uses an existing database.
    #[must_use]
    pub fn at(database: DatabaseUrl) -> Self {
        Self { database, cluster: None }
    }

    /// Opens the database of a size, and creates it if the folder does not have it yet.
    ///
    /// # Errors
    /// When the database cannot be created.
    pub async fn open(engine: Engine, size: Size, folder: &Path, dermagraph: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|failure| format!("{}: {failure}", folder.display()))?;
        match engine {
            Engine::Sqlite => {
                let path = folder.join(format!("dg-{}.db", size.name()));
                let database = DatabaseUrl::Sqlite(path.clone());
                if !path.exists() {
                    // The file is renamed when it is complete, so that an interrupted import is not used.
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

/// Returns the database of a size in a cluster, and creates it if it does not exist.
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

/// Imports the content documents of a size into an empty database.
fn import(dermagraph: &Path, size: Size, folder: &Path, database: &DatabaseUrl) -> Result<(), Failure> {
    let documents = documents(dermagraph, size, folder)?;
    eprintln!("importing {} ..", documents.display());
    let mut command = Command::new(dermagraph);
    run(command.arg("import").arg(documents).args(["--database-url", &url(database)]))
}

/// Returns the folder with the content documents of a size, and generates them if it does not exist.
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

/// Runs a program and waits for its end.
fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed: {status}")),
        Err(failure) => Err(format!("{command:?}: {failure}")),
    }
}
