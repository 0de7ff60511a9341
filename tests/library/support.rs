//! Helpers that the tests of the library share.

use dermagraph::store::{DatabaseUrl, Writer};
use dermagraph::{
    content::catalog,
    library::{DocumentFile, LibraryError, PublicationReport, PublishOptions, Silent, export, import, starter},
};
use dermagraph_migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbBackend, Statement};
use sqlx::sqlite::SqliteSynchronous;
use tempfile::TempDir;

/// A library in an SQLite file of its own.
pub struct TestLibrary {
    pub db: Writer,
    folder: TempDir,
}

impl TestLibrary {
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = Self { db: connect(&folder).await, folder };
        Migrator::up(&*library.db, None).await.unwrap();
        library
    }

    pub async fn with_starter() -> Self {
        let library = Self::empty().await;
        library.import(&starter()).await.unwrap();
        library
    }

    /// Another connection to the same file, as another process would have.
    pub async fn second_connection(&self) -> Writer {
        connect(&self.folder).await
    }

    pub async fn import(&self, files: &[DocumentFile]) -> Result<PublicationReport, LibraryError> {
        self.import_with(files, PublishOptions::default()).await
    }

    pub async fn import_with(
        &self,
        files: &[DocumentFile],
        options: PublishOptions,
    ) -> Result<PublicationReport, LibraryError> {
        import(catalog(), &self.db, files, options, &Silent).await
    }

    pub async fn export(&self) -> Vec<DocumentFile> {
        export(catalog(), &self.db).await.unwrap()
    }

    /// Returns the rows of a query, each as text.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let rows = self.db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
    }

    /// Returns the number and the summary of each revision. The summary of the first one is replaced, because it has
    /// counts that change with the starter library.
    pub async fn revisions(&self) -> Vec<String> {
        self.rows("SELECT id || ': ' || CASE id WHEN 1 THEN 'the first import' ELSE summary END FROM revision ORDER BY id")
            .await
    }

    /// Returns everything in the database except the times of revisions.
    pub async fn dump(&self) -> Vec<String> {
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let mut dump = Vec::new();
        for table in self.rows(tables).await {
            let columns =
                format!("SELECT group_concat('quote(\"' || name || '\")', '||'',''||') FROM pragma_table_info('{table}')");
            let columns = self.rows(&columns).await.remove(0);
            let mut rows = self.rows(&format!("SELECT '{table} ' || {columns} FROM \"{table}\" ORDER BY 1")).await;
            dump.append(&mut rows);
        }
        dump
    }
}

async fn connect(folder: &TempDir) -> Writer {
    let path = folder.path().join("library.db");
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.max_connections(1).sqlx_logging(false);
    // These tests survive no power cut, and waiting for the disk would be most of their time.
    options.map_sqlx_sqlite_opts(|options| options.synchronous(SqliteSynchronous::Off));
    Writer::from_connection(Database::connect(options).await.unwrap(), DatabaseUrl::Sqlite(path))
}

/// Returns the starter library with a replacement in one of its files.
pub fn starter_with(name: &str, old: &str, new: &str) -> Vec<DocumentFile> {
    let mut files = starter();
    replace(&mut files, name, old, new);
    files
}

pub fn replace(files: &mut [DocumentFile], name: &str, old: &str, new: &str) {
    let file = files.iter_mut().find(|file| file.name.ends_with(name)).expect("a file of the starter");
    assert!(file.text.contains(old), "{name} has no {old:?}");
    file.text = file.text.replacen(old, new, 1);
}

pub fn file(name: &str, text: &str) -> DocumentFile {
    DocumentFile { name: name.to_owned(), text: text.to_owned() }
}

/// Returns the changes, one per line.
pub fn shown(report: &PublicationReport) -> String {
    let lists = [("+", &report.added), ("~", &report.changed), ("-", &report.removed)];
    let lines = lists.iter().flat_map(|(sign, changes)| {
        changes.iter().map(move |change| {
            format!("{sign} {} {} {}", change.type_name, change.slug, change.field_names().join(",")).trim().to_owned()
        })
    });
    lines.collect::<Vec<_>>().join("\n")
}
