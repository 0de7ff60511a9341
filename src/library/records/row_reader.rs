//! Reading the rows that store records.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{Asterisk, Expr, ExprTrait as _, Func, Order, Query, SelectStatement, Value},
};
use serde_json::Value as Json;

use super::{
    content_table::{Column, ContentTable, FORMER_SLUG, ID, LinkTable, OWNER_ID, POSITION, PartTable, TARGET_ID},
    ids::Ids,
    record_map::RecordKey,
    stored_record::{Link, StoredRecord},
};
use crate::{
    engine::{
        canonical::CanonicalValue,
        catalog::{Catalog, Kind, ObjectIx, Scalar},
    },
    library::{document::format::is_storable, error::LibraryError, publication::batch_writer::MAX_ROWS},
};

/// Number of rows that one statement reads of a whole table. It is large enough that the overhead of a statement is
/// small, and small enough that the rows fit into memory.
const PAGE: u64 = 10_000;

/// The rows of a table that are read.
#[derive(Clone, Debug)]
pub(in crate::library) enum RowFilter {
    All,
    /// The rows that have one of these values in a column.
    With(&'static str, Vec<Value>),
}

impl RowFilter {
    /// Selects the rows that have one of these ids in a column.
    pub fn ids(column: &'static str, ids: impl IntoIterator<Item = i64>) -> Self {
        Self::With(column, ids.into_iter().map(Value::from).collect())
    }

    /// Selects the rows that have one of these texts in a column.
    pub fn texts<'t>(column: &'static str, texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::With(column, texts.into_iter().filter(|text| is_storable(text)).map(Value::from).collect())
    }
}

pub(in crate::library) type IdsByType = BTreeMap<ObjectIx, BTreeSet<i64>>;

pub(in crate::library) struct RowReader<'a, 'c, C> {
    pub catalog: &'c Catalog,
    pub tables: &'a [ContentTable<'c>],
    pub db: &'a C,
}

/// A row: the id of its record, its position, and its columns.
type Row<T> = (i64, Option<i32>, Vec<T>);

/// Entries by the id of their owner.
type ByOwner<T> = HashMap<i64, Vec<T>>;

impl<'a, 'c, C: ConnectionTrait> RowReader<'a, 'c, C> {
    /// Returns the table of a content type.
    ///
    /// # Panics
    /// If the type is not a content type of the catalog. The type of every record is one.
    pub fn table(&self, ix: ObjectIx) -> &'a ContentTable<'c> {
        let table = self.tables.iter().find(|table| table.object.ix == ix);
        table.unwrap_or_else(|| panic!("{} is not a content type", self.catalog.object(ix).name))
    }

    /// Reads the selected records. With [`RowFilter::All`], they are in the order of their ids. Adds to `ids` their
    /// slugs and the slugs of the records to which they refer.
    pub async fn records(
        &self,
        ids: &mut Ids,
        table: &ContentTable<'_>,
        selection: &RowFilter,
    ) -> Result<Vec<(i64, StoredRecord)>, LibraryError> {
        let mut records = self.records_without_links(ids, table, selection).await?;
        let owned_by = owners(&records, selection);
        for (which, links) in table.links.iter().enumerate() {
            let mut by_owner = self.links(ids, links, &owned_by(OWNER_ID)).await?;
            for (id, record) in &mut records {
                record.links[which] = by_owner.remove(id).unwrap_or_default();
            }
        }
        Ok(records)
    }

    /// Like [`Self::records`], but without links.
    pub async fn records_without_links(
        &self,
        ids: &mut Ids,
        table: &ContentTable<'_>,
        selection: &RowFilter,
    ) -> Result<Vec<(i64, StoredRecord)>, LibraryError> {
        let rows = self.rows(ids, (table.name, ID, table.adds_position), &table.columns, selection).await?;
        for (id, _, columns) in &rows {
            if let Some(slug) = table.slug_of(columns) {
                ids.insert(table.object.ix, slug, *id);
            }
        }
        let (parts, links) = (vec![Vec::new(); table.parts.len()], vec![Vec::new(); table.links.len()]);
        let record =
            |(id, position, columns)| (id, StoredRecord { position, columns, parts: parts.clone(), links: links.clone() });
        let mut records: Vec<_> = rows.into_iter().map(record).collect();
        let owned_by = owners(&records, selection);
        for (which, parts) in table.parts.iter().enumerate() {
            let mut by_owner = self.parts(ids, parts, &owned_by(parts.owner)).await?;
            for (id, record) in &mut records {
                record.parts[which] = by_owner.remove(id).unwrap_or_default();
            }
        }
        Ok(records)
    }

    /// Returns the number of the selected records.
    pub async fn count(&self, table: &ContentTable<'_>, selection: &RowFilter) -> Result<usize, LibraryError> {
        let mut select = Query::select();
        select.expr(Expr::from(Func::count(Expr::col(ID)))).from(table.name);
        let selects = match selection {
            RowFilter::All => vec![select],
            // A record has one id.
            RowFilter::With(ID, values) => return Ok(values.len()),
            RowFilter::With(column, values) => {
                let of = |values: &[Value]| select.clone().and_where(Expr::col(*column).is_in(padded(values))).take();
                values.chunks(MAX_ROWS).map(of).collect()
            }
        };
        let mut count = 0;
        for select in selects {
            let row = self.db.query_one(&select).await?;
            count += row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
        }
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Adds the ids of the records with these keys. Keys without a record are ignored.
    pub async fn load_ids_of(&self, ids: &mut Ids, keys: impl IntoIterator<Item = RecordKey>) -> Result<(), LibraryError> {
        let mut unknown: BTreeMap<ObjectIx, BTreeSet<Arc<str>>> = BTreeMap::new();
        for (ix, slug) in keys.into_iter().filter(|(ix, slug)| ids.id(*ix, slug).is_none()) {
            unknown.entry(ix).or_default().insert(slug);
        }
        for (ix, slugs) in unknown {
            self.load_ids(ids, ix, &RowFilter::texts(self.table(ix).slug(), slugs.iter().map(|slug| &**slug))).await?;
        }
        Ok(())
    }

    /// Adds the ids and slugs of the selected records of a type.
    pub async fn load_ids(&self, ids: &mut Ids, ix: ObjectIx, selection: &RowFilter) -> Result<(), LibraryError> {
        let table = self.table(ix);
        let slug = table.slug();
        let mut select = Query::select();
        select.columns([ID, slug]).from(table.name);
        let mut pages = Pages::new(self.db, select, selection);
        while let Some(rows) = pages.next().await? {
            for row in rows {
                ids.insert(ix, &row.try_get::<String>("", slug)?.into(), row.try_get("", ID)?);
            }
        }
        Ok(())
    }

    /// Returns the ids of the records of any type with the selected former slugs.
    pub async fn former_slugs(&self, selection: &RowFilter) -> Result<BTreeSet<i64>, LibraryError> {
        let mut select = Query::select();
        select.column(ID).from(FORMER_SLUG);
        let mut pages = Pages::new(self.db, select, selection);
        let mut ids = BTreeSet::new();
        while let Some(rows) = pages.next().await? {
            ids.extend(rows.iter().map(|row| row.try_get::<i64>("", ID)).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(ids)
    }

    /// Reads rows of a table. The column `key` has the id of their record.
    async fn rows(
        &self,
        ids: &mut Ids,
        (name, key, has_position): (&'static str, &'static str, bool),
        columns: &[Column<'_>],
        selection: &RowFilter,
    ) -> Result<Vec<Row<CanonicalValue>>, LibraryError> {
        let mut select = Query::select();
        select.column(ID).columns((key != ID).then_some(key)).columns(has_position.then_some(POSITION));
        select.columns(columns.iter().map(|column| column.name).filter(|name| !has_position || *name != POSITION));
        select.from(name).and_where(Expr::col(key).is_not_null());
        let mut pages = Pages::new(self.db, select, selection);
        let mut found = Vec::new();
        while let Some(page) = pages.next().await? {
            let mut rows: Vec<Row<Json>> = Vec::with_capacity(page.len());
            for row in page {
                let values = columns.iter().map(|column| value(column, &row)).collect::<Result<_, _>>()?;
                let position = if has_position { row.try_get("", POSITION)? } else { None };
                rows.push((row.try_get("", key)?, position, values));
            }
            self.load_slugs_of(ids, columns, &rows).await?;
            for (id, position, values) in rows {
                let canonical = |(column, value): (&Column<'_>, _)| ids.canonical(self.catalog, column.field, value);
                let values = columns.iter().zip(&values).map(canonical).collect::<Result<_, _>>()?;
                found.push((id, position, values));
            }
        }
        Ok(found)
    }

    /// Adds the slugs of the records to which rows refer.
    async fn load_slugs_of(&self, ids: &mut Ids, columns: &[Column<'_>], rows: &[Row<Json>]) -> Result<(), LibraryError> {
        let mut unknown = IdsByType::new();
        for (column, value) in rows.iter().flat_map(|(.., values)| columns.iter().zip(values)) {
            Ids::each_id(self.catalog, column.field, value, &mut |ix, id| {
                if !ids.contains(id) {
                    unknown.entry(ix).or_default().insert(id);
                }
            });
        }
        for (ix, unknown) in unknown {
            self.load_ids(ids, ix, &RowFilter::ids(ID, unknown)).await?;
        }
        Ok(())
    }

    /// Reads the parts of a field, in order.
    async fn parts(
        &self,
        ids: &mut Ids,
        parts: &PartTable<'_>,
        selection: &RowFilter,
    ) -> Result<ByOwner<Vec<CanonicalValue>>, LibraryError> {
        let mut by_owner: ByOwner<_> = HashMap::new();
        for (owner, position, columns) in self.rows(ids, (parts.name, parts.owner, true), &parts.columns, selection).await? {
            by_owner.entry(owner).or_default().push((position.unwrap_or_default(), columns));
        }
        Ok(in_order(by_owner))
    }

    /// Reads the links of a field, in order.
    async fn links(
        &self,
        ids: &mut Ids,
        links: &LinkTable<'_>,
        selection: &RowFilter,
    ) -> Result<ByOwner<Link>, LibraryError> {
        let mut select = Query::select();
        select.column(Asterisk).from(links.name);
        let mut pages = Pages::new(self.db, select, selection);
        let mut by_owner: ByOwner<(i32, Link)> = HashMap::new();
        let mut flags: Option<Vec<String>> = None;
        while let Some(page) = pages.next().await? {
            let mut found: Vec<(i64, i64, i32, Vec<_>)> = Vec::with_capacity(page.len());
            for row in page {
                let flags = flags.get_or_insert_with(|| flags_of(&row));
                let flag = |name: &String| Ok((name.clone().into(), row.try_get("", name)?));
                let flags = flags.iter().map(flag).collect::<Result<_, DbErr>>()?;
                let (owner, target) = (row.try_get("", OWNER_ID)?, row.try_get("", TARGET_ID)?);
                found.push((owner, target, row.try_get("", POSITION)?, flags));
            }
            let unknown: BTreeSet<i64> =
                found.iter().map(|(_, target, ..)| *target).filter(|id| !ids.contains(*id)).collect();
            if !unknown.is_empty() {
                self.load_ids(ids, links.target, &RowFilter::ids(ID, unknown)).await?;
            }
            for (owner, target, position, flags) in found {
                let target = Arc::clone(ids.slug_of(target)?);
                by_owner.entry(owner).or_default().push((position, Link { target, flags }));
            }
        }
        Ok(in_order(by_owner))
    }
}

/// Repeats the last value until the number of values is a power of two, so that statements with lists of similar lengths have
/// the same text, and are prepared once for each connection.
pub(in crate::library) fn padded<V: Clone>(values: &[V]) -> impl Iterator<Item = V> + use<'_, V> {
    let missing = values.len().next_power_of_two() - values.len();
    let last = values.last().map(|last| std::iter::repeat_n(last, missing));
    values.iter().chain(last.into_iter().flatten()).cloned()
}

/// Returns a function that takes the column with the ids of owners, and returns the filter for the rows that these records
/// own. If `selection` selects all records, the filter selects all rows.
fn owners(records: &[(i64, StoredRecord)], selection: &RowFilter) -> impl Fn(&'static str) -> RowFilter + use<> {
    let ids = match selection {
        RowFilter::All => None,
        RowFilter::With(..) => Some(records.iter().map(|(id, _)| Value::from(*id)).collect::<Vec<_>>()),
    };
    move |column| ids.clone().map_or(RowFilter::All, |ids| RowFilter::With(column, ids))
}

/// Returns the names of the boolean columns of a link table, in alphabetical order.
fn flags_of(row: &QueryResult) -> Vec<String> {
    let mut flags = row.column_names();
    flags.retain(|name| ![ID, OWNER_ID, POSITION, TARGET_ID].contains(&name.as_str()));
    flags.sort_unstable();
    flags
}

/// Returns the value of a column as JSON.
pub(super) fn value(column: &Column<'_>, row: &QueryResult) -> Result<Json, DbErr> {
    let name = column.name;
    Ok(match &column.field.kind {
        Kind::Scalar(Scalar::Int) => row.try_get::<Option<i32>>("", name)?.into(),
        Kind::Scalar(Scalar::Float) => row.try_get::<Option<f64>>("", name)?.into(),
        Kind::Scalar(Scalar::Boolean) => row.try_get::<Option<bool>>("", name)?.into(),
        Kind::Scalar(Scalar::Text | Scalar::Choice(_)) => row.try_get::<Option<String>>("", name)?.into(),
        Kind::One(_) => row.try_get::<Option<i64>>("", name)?.into(),
        _ => row.try_get::<Option<Json>>("", name)?.unwrap_or(Json::Null),
    })
}

/// Sorts the entries of each owner by position.
fn in_order<T>(by_owner: ByOwner<(i32, T)>) -> ByOwner<T> {
    let sorted = by_owner.into_iter().map(|(owner, mut list)| {
        list.sort_by_key(|(position, _)| *position);
        (owner, list.into_iter().map(|(_, one)| one).collect())
    });
    sorted.collect()
}

/// Reads the selected rows of one table in pages. Within each page, rows are in the order of ids.
struct Pages<'a, C> {
    db: &'a C,
    select: SelectStatement,
    selection: &'a RowFilter,
    /// The last id of the pages that were read.
    after: i64,
    /// Number of values of [`RowFilter::With`] whose rows were read.
    read: usize,
    complete: bool,
}

impl<'a, C: ConnectionTrait> Pages<'a, C> {
    /// Creates the reader of a statement, which must select the column `id`.
    fn new(db: &'a C, mut select: SelectStatement, selection: &'a RowFilter) -> Self {
        select.order_by(ID, Order::Asc);
        Self { db, select, selection, after: i64::MIN, read: 0, complete: false }
    }

    /// Reads the next page; `None` if there are no more. A page may be empty.
    async fn next(&mut self) -> Result<Option<Vec<QueryResult>>, LibraryError> {
        let mut page = self.select.clone();
        match self.selection {
            _ if self.complete => return Ok(None),
            RowFilter::All => page.and_where(Expr::col(ID).gt(self.after)).limit(PAGE),
            RowFilter::With(column, values) => {
                let chunk = &values[self.read..values.len().min(self.read + MAX_ROWS)];
                if chunk.is_empty() {
                    return Ok(None);
                }
                self.read += chunk.len();
                page.and_where(Expr::col(*column).is_in(padded(chunk)))
            }
        };
        let rows = self.db.query_all(&page).await?;
        if matches!(self.selection, RowFilter::All) {
            self.complete = (rows.len() as u64) < PAGE;
            self.after = rows.last().map_or(Ok(self.after), |last| last.try_get("", ID))?;
        }
        Ok(Some(rows))
    }
}
