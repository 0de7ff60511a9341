//! Statistics of the tables: numbers of rows and of values, and mean lengths of texts. The planner estimates costs with
//! them, and selects the indexes that SQLite uses.

use std::collections::HashMap;

use super::rows::{between::Hop, path::Path};
use crate::{
    engine::{
        catalog::{Catalog, Field, Kind, ObjectType, Scalar, Via},
        field_rules::Criterion,
        sql::writer::Sql,
    },
    store::{
        Snapshot, StoreError,
        reading::statement::{Dialect, Read},
    },
};

/// Maximum number of rows of a table whose values are read, usually the oldest rows. A larger sample hardly changes the
/// means.
const SAMPLE: usize = 256;

/// Columns whose values are unique in a content type.
const UNIQUE: [&str; 2] = ["id", "slug"];

/// Assumed bytes of a text that was not measured: a member of a value object, or a column without values in the sample.
const TEXT: u64 = 40;

/// Statistics of the tables at the time when they were read. The default value is empty.
#[derive(Debug, Default)]
pub struct Statistics {
    rows: HashMap<&'static str, u64>,
    /// Mean length in bytes by table and column.
    bytes: HashMap<(&'static str, &'static str), u64>,
    /// Number of different values in a sample, by table and column. If some rows of the sample have no value, the number is
    /// extrapolated as if they had values too.
    values: HashMap<(&'static str, &'static str), u64>,
}

impl Statistics {
    /// Reads the statistics of all declared tables.
    ///
    /// # Errors
    /// If the database fails or takes too long.
    pub async fn read(snapshot: &mut Snapshot, dialect: Dialect, catalog: &Catalog) -> Result<Self, StoreError> {
        let mut statistics = Self::default();
        let tables = tables(catalog);
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        for table in &tables {
            sql.push("(SELECT COUNT(*) FROM ").name(table).push("), ");
        }
        sql.drop_comma();
        let counts = snapshot.rows(&sql.finish(vec![Read::Int; tables.len()]).statement()).await?;
        for (at, table) in tables.into_iter().enumerate() {
            let rows = counts.int(0, at).and_then(|rows| u64::try_from(rows).ok());
            statistics.rows.insert(table, rows.unwrap_or_default());
        }
        for object in catalog.objects() {
            statistics.measure(snapshot, dialect, object).await?;
        }
        Ok(statistics)
    }

    async fn measure(&mut self, snapshot: &mut Snapshot, dialect: Dialect, object: &ObjectType) -> Result<(), StoreError> {
        let Some(table) = object.table() else { return Ok(()) };
        let columns = |is_read: fn(&Field) -> bool| -> Vec<_> {
            object.fields.iter().filter(|field| is_read(field)).filter_map(|field| field.column).collect()
        };
        let texts = columns(Field::is_stored_text);
        let compared = columns(|field| matches!(field.filtered_by(), Some(Criterion::Scalar(..) | Criterion::One(..))));
        if texts.is_empty() && compared.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new(dialect);
        sql.push("SELECT ");
        for column in &texts {
            sql.by_dialect("CAST(AVG(length(CAST(", "CAST(AVG(octet_length(CAST(").name(column);
            sql.by_dialect(" AS BLOB))) AS INTEGER), ", " AS text))) AS bigint), ");
        }
        for column in &compared {
            sql.push("COUNT(DISTINCT ").name(column).push(") * COUNT(*) / NULLIF(COUNT(").name(column).push("), 0), ");
        }
        sql.drop_comma().push(" FROM (SELECT * FROM ").name(table).push(&format!(" LIMIT {SAMPLE}) AS sample"));
        let read = snapshot.rows(&sql.finish(vec![Read::Int; texts.len() + compared.len()]).statement()).await?;
        let mut read = (0..).map(|at| read.int(0, at).and_then(|number| u64::try_from(number).ok()));
        for (columns, numbers) in [(texts, &mut self.bytes), (compared, &mut self.values)] {
            for (column, number) in columns.into_iter().zip(&mut read) {
                numbers.extend(number.map(|number| ((table, column), number)));
            }
        }
        Ok(())
    }

    /// Returns the number of different values of a column in the sample, or of a unique column in the whole table; 0 if
    /// there are no statistics of the column.
    #[must_use]
    pub fn values(&self, table: &str, column: &str) -> u64 {
        if UNIQUE.contains(&column) {
            return self.rows(table);
        }
        self.values.get(&(table, column)).copied().unwrap_or_default()
    }

    /// Returns the number of rows of a table; 0 without statistics.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        self.rows.get(table).copied().unwrap_or_default()
    }

    /// Returns the mean number of rows at the end of a path from one row of a table, rounded up; at least 1.
    #[must_use]
    pub fn fan_out(&self, from: &str, path: &Path) -> u64 {
        let ends = match path {
            Path::To { .. } => return 1,
            Path::From { table, .. } => self.rows(table),
            Path::Link { link, .. } => self.rows(link),
            Path::Through { between, .. } => {
                let ends =
                    |hop: Hop| if let Hop::Link { link, .. } = hop { self.rows(link) } else { self.rows(between.table) };
                let near = mean(ends(between.near), self.rows(from));
                return near.saturating_mul(mean(ends(between.far), self.rows(between.table)));
            }
        };
        mean(ends, self.rows(from))
    }

    /// Returns the mean bytes of a field's value in a response; 0 for objects and lists of objects, because their fields are
    /// counted separately.
    #[must_use]
    pub fn value_bytes(&self, object: &ObjectType, field: &Field) -> u64 {
        /// Quotation marks.
        const SIGNS: u64 = 2;
        let measured = || {
            let stored = object.table().zip(field.column).and_then(|column| self.bytes.get(&column).copied());
            stored.unwrap_or(TEXT) + SIGNS
        };
        match &field.kind {
            Kind::Id(_) => object.name.len() as u64 + 8,
            Kind::Scalar(Scalar::Text | Scalar::Choice(_)) | Kind::Scalars(_) => measured(),
            Kind::Scalar(Scalar::Int | Scalar::Float | Scalar::Boolean) => 5,
            Kind::Value(_)
            | Kind::Values(_)
            | Kind::One(_)
            | Kind::Refs(_)
            | Kind::Parts { .. }
            | Kind::Many(_)
            | Kind::Attribution => 0,
        }
    }
}

/// Returns a mean number, rounded up, and at least 1.
fn mean(all: u64, among: u64) -> u64 {
    all.div_ceil(among.max(1)).max(1)
}

/// Returns the tables of content types, parts, service records and links.
fn tables(catalog: &Catalog) -> Vec<&'static str> {
    let links = catalog.objects().flat_map(|object| &object.fields).filter_map(|field| match &field.kind {
        Kind::Many(many) => match many.via {
            Via::Link { table, .. } => Some(table),
            Via::ForeignKey { .. } | Via::Through(_) => None,
        },
        _ => None,
    });
    let mut tables: Vec<_> = catalog.objects().filter_map(ObjectType::table).chain(links).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}
