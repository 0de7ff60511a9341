//! Writes the tables that the rows of a list are read from: those of a path, and lists of ids.

use super::{template::Binding, writer::Sql};
use crate::{engine::plan::path::Path, store::statement::Dialect};

/// Writes the tables of a path: the target as `t`, and its link as `l`.
pub(super) fn write_path(sql: &mut Sql, path: Path, table: &str) {
    match path {
        Path::Link { link, there, .. } => {
            // A cross join makes SQLite read the links of the parent first.
            sql.table(link, "l").by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            sql.push(" ON ").column("t", "id").push(" = ").column("l", there);
        }
        Path::To { .. } | Path::From { .. } => _ = sql.table(table, "t"),
    }
}

/// Writes the column of a path with the key of the parent.
pub(super) fn write_parent(sql: &mut Sql, path: Path) {
    match path {
        Path::Link { here, .. } => _ = sql.column("l", here),
        Path::To { column, .. } | Path::From { column, .. } => _ = sql.column("t", column),
    }
}

/// Writes the condition on the flag of a link, preceded by ` AND `; nothing if there is none.
pub(super) fn write_keep(sql: &mut Sql, path: Path) {
    if let Path::Link { keep: Some(keep), .. } = path {
        sql.push(" AND ").column("l", keep);
    }
}

/// Writes lists of ids as a table `l(parent, target, position)`.
pub(super) fn write_entries(sql: &mut Sql) {
    match sql.dialect() {
        Dialect::Sqlite => {
            sql.push("(SELECT value ->> 0 AS parent, value ->> 1 AS target, value ->> 2 AS position FROM json_each(");
            sql.slot(Binding::EntriesAsJson).push(")) AS l");
        }
        Dialect::Postgres => {
            sql.push("unnest(").slot(Binding::ListNumbers).push("::bigint[], ");
            sql.slot(Binding::ListIds).push("::bigint[], ").slot(Binding::ListPositions);
            sql.push("::bigint[]) AS l(parent, target, position)");
        }
    }
}
