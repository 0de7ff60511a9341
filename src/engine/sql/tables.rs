//! Writes the tables that the rows of a list are read from: those of a path, and lists of ids.

use super::{template::Binding, writer::Sql};
use crate::{
    engine::plan::{
        grouping::{COLUMNS, Measure},
        rows::path::Path,
    },
    store::reading::statement::Dialect,
};

/// Names of the two key columns of [`write_pairs`]: the key of the parent, and the key of the related row.
const NEAR: &str = "near";
const FAR: &str = "far";

/// Writes the tables of a path: the target as `t`, and its link as `l`. `write_parents` writes what follows the column
/// with the key of the parent: the comparison with the keys, such as ` = ?1`. `measures` are computed from the rows
/// between.
pub(super) fn write_path(sql: &mut Sql, path: Path, table: &str, measures: &[Measure], write_parents: &dyn Fn(&mut Sql)) {
    match path {
        Path::Through { .. } => {
            write_pairs(sql, path, measures, write_parents);
            sql.by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            sql.push(" ON ").column("t", "id").push(" = ").column("l", FAR);
        }
        Path::Link { link, there, .. } => {
            // A cross join makes SQLite read the links of the parent first.
            sql.table(link, "l").by_dialect(" CROSS JOIN ", " JOIN ").table(table, "t");
            sql.push(" ON ").column("t", "id").push(" = ").column("l", there);
        }
        Path::To { .. } | Path::From { .. } => _ = sql.table(table, "t"),
    }
}

/// Writes the tables of a path, and the `WHERE` that selects the rows of the parents.
pub(super) fn write_rows(sql: &mut Sql, path: Path, table: &str, measures: &[Measure], write_parents: &dyn Fn(&mut Sql)) {
    write_path(sql, path, table, measures, write_parents);
    sql.push(" WHERE ");
    write_parent(sql, path);
    write_parents(sql);
    write_flag(sql, path);
}

/// Writes the pairs of a parent and a related row as `l`, each once, with the measures of the rows between. Writes nothing
/// for paths without rows between.
pub(super) fn write_pairs(sql: &mut Sql, path: Path, measures: &[Measure], write_parents: &dyn Fn(&mut Sql)) {
    let Path::Through { between, .. } = path else { return };
    let alias = sql.alias();
    sql.push("(SELECT ");
    between.write_near(sql, &alias);
    sql.push(" AS ").name(NEAR).push(", ");
    between.write_far(sql, &alias);
    sql.push(" AS ").name(FAR);
    for (measure, column) in measures.iter().zip(COLUMNS) {
        sql.push(", ");
        measure.write(sql, &|sql| {
            if let Some(value) = measure.value() {
                value.write(sql, &alias);
            }
        });
        sql.push(" AS ").name(column);
    }
    sql.push(" FROM ");
    // A cross join makes SQLite read the rows between of the parent first.
    between.write_tables(sql, &alias, if sql.dialect() == Dialect::Sqlite { " CROSS JOIN " } else { " JOIN " });
    sql.push(" WHERE ");
    between.write_near(sql, &alias);
    write_parents(sql);
    between.write_flags(sql, &alias);
    sql.push(" GROUP BY ");
    between.write_near(sql, &alias);
    sql.push(", ");
    between.write_far(sql, &alias);
    sql.push(") AS l");
}

/// Writes the column of a path with the key of the parent.
pub(super) fn write_parent(sql: &mut Sql, path: Path) {
    match path {
        Path::Link { here, .. } => _ = sql.column("l", here),
        Path::Through { .. } => _ = sql.column("l", NEAR),
        Path::To { column, .. } | Path::From { column, .. } => _ = sql.column("t", column),
    }
}

/// Writes the condition on the flag of a link, preceded by ` AND `; nothing if there is none.
pub(super) fn write_flag(sql: &mut Sql, path: Path) {
    if let Path::Link { required_flag: Some(flag), .. } = path {
        sql.push(" AND ").column("l", flag);
    }
}

/// Writes lists of ids as a table `l(parent, target, position)`, and the table of their rows as `t`.
pub(super) fn write_entries(sql: &mut Sql, table: &str) {
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
    sql.push(" JOIN ").table(table, "t").push(" ON t.id = l.target");
}
