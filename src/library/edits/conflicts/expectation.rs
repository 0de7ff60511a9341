//! Expectations of a client: that the records that it changes have not changed since it read them.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait as _, Func, Query},
};

use crate::{
    engine::catalog::with_article,
    library::{
        checks::dangling::ChangeError,
        error::LibraryError,
        problem::{Problem, ProblemCode, ProblemLocation},
        publication::{batch_writer::MAX_ROWS, history},
        records::{
            content_table::{ContentTable, ID, REVISION},
            documents::LoadedLibrary,
            record_map::RecordKey,
            row_reader::padded,
        },
    },
};

/// A record, and the revision after which it must not have changed.
#[derive(Clone, Debug)]
pub(in crate::library) struct Expectation {
    pub key: RecordKey,
    /// 0 if the record must not exist.
    pub revision: i64,
    /// The slug in the arguments. It differs from the slug in `key` if the edit renames the record.
    pub slug: Arc<str>,
    /// The path of the argument with the revision.
    pub path: Arc<str>,
    /// The path of the argument with the slug.
    pub slug_path: Arc<str>,
}

impl Expectation {
    /// Creates the expectation of the argument `expectedRevision`; `None` if `revision` is `None`. `path` is the path
    /// of the arguments, and `slug` the path of the slug below it.
    pub fn new(key: RecordKey, path: &str, slug: &str, revision: Option<i64>) -> Option<Self> {
        let (slug_path, slug) = (format!("{path}{slug}").into(), Arc::clone(&key.1));
        Some(Self { key, revision: revision?, slug, path: format!("{path}expectedRevision").into(), slug_path })
    }

    /// Returns an error if the record has changed after the expected revision, or does not exist. If
    /// the expected revision is 0, returns an error if the record exists. Also returns an error if the
    /// expected revision is later than `newest`, the latest revision of the library. A change of a
    /// record that is embedded in its document counts as a change of the record. `library` has the
    /// stored records.
    pub async fn check(
        &self,
        db: &impl ConnectionTrait,
        tables: &[ContentTable<'_>],
        library: &LoadedLibrary<'_>,
        newest: i64,
    ) -> Result<Option<ChangeError>, LibraryError> {
        let (ix, slug) = (&self.key.0, &self.slug);
        let name = library.catalog.object(*ix).name;
        let mut latest = 0;
        for table in tables {
            let is_own_table = table.object.ix == *ix;
            let records = library.documents.of(table.object.ix).filter(|(slug, document)| {
                (is_own_table && **slug == self.key.1) || library.owners(document).any(|owner| *owner == self.key)
            });
            let ids: Vec<i64> = records.filter_map(|(slug, _)| library.ids.id(table.object.ix, slug)).collect();
            // Embedded records that were deleted are only in the history.
            for (table, column) in [(table.name, ID), (history::TABLE, "owner_id")] {
                latest = Ord::max(latest, latest_of(db, table, column, &ids).await?);
            }
        }
        let sentence = match (latest, self.revision) {
            (_, expected) if !(0..=newest).contains(&expected) => {
                format!("There is no revision {expected} of this library; the latest is {newest}.")
            }
            (0, 0) => return Ok(None),
            (0, _) => {
                return Ok(Some(ChangeError::Absent(
                    self.key.clone(),
                    ProblemLocation::of_argument(Arc::clone(&self.slug_path)),
                )));
            }
            (_, 0) => format!("There is already {} \"{slug}\".", with_article(name)),
            (latest, expected) if latest > expected => format!(
                "The {name} \"{slug}\" has changed in revision {latest}, after revision {expected}. Read it again, and \
                 repeat your change on the current document."
            ),
            _ => return Ok(None),
        };
        Ok(Some(ChangeError::Problem(Problem::of_argument(Arc::clone(&self.path), ProblemCode::Conflict, sentence))))
    }
}

/// Returns the latest revision of the rows of a table that have one of these ids in a column; 0 if there are no such
/// rows.
async fn latest_of(
    db: &impl ConnectionTrait,
    table: &'static str,
    column: &'static str,
    ids: &[i64],
) -> Result<i64, LibraryError> {
    let mut latest = 0;
    for ids in ids.chunks(MAX_ROWS) {
        let mut select = Query::select();
        // The columns are integers of different sizes.
        select.expr(Expr::from(Func::max(Expr::col(REVISION))).cast_as("bigint")).from(table);
        select.and_where(Expr::col(column).is_in(padded(ids)));
        let row = db.query_one(&select).await?;
        let of_chunk = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
        latest = Ord::max(latest, of_chunk.unwrap_or_default());
    }
    Ok(latest)
}
