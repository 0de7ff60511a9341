//! Comparisons of columns.

use crate::{
    engine::sql::writer::Sql,
    store::{
        fold::{DOTTED_I, SearchText},
        statement::{Dialect, Param},
    },
};

/// A comparison of one column.
#[derive(Clone, Debug)]
pub enum Compare {
    /// `=`, `<`, `<=`, `>`, `>=`; false for null.
    With(&'static str, Param),
    /// Another value, or null.
    Differs(Param),
    /// One of the values.
    In(Param),
    /// None of the values, or null.
    NotIn(Param),
    /// Contains the text; case is ignored.
    Contains(SearchText),
    /// Starts with the text; case is ignored.
    StartsWith(SearchText),
    /// Ends with the text; case is ignored.
    EndsWith(SearchText),
    /// Null, or not.
    IsNull(bool),
}

impl Compare {
    /// Reports whether the database must read every row, because no index supports the comparison.
    pub fn searches(&self) -> bool {
        !matches!(self, Self::With(..) | Self::In(_) | Self::IsNull(_))
    }

    /// Estimates how many rows the database reads to evaluate the comparison for `rows` rows. In a search for a text,
    /// PostgreSQL spends as much time on each variant (a letter outside ASCII that folds to a letter of the text) as on
    /// reading one more row.
    pub fn reads(&self, rows: u64) -> u64 {
        match self {
            Self::Contains(text) | Self::StartsWith(text) | Self::EndsWith(text) => {
                rows.saturating_mul(1 + text.letters.chars().count() as u64)
            }
            _ if self.searches() => rows,
            _ => 0,
        }
    }

    /// Returns the size of its values in memory, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Self::With(_, param) | Self::Differs(param) | Self::In(param) | Self::NotIn(param) => param.weight(),
            Self::Contains(text) | Self::StartsWith(text) | Self::EndsWith(text) => text.weight(),
            Self::IsNull(_) => 0,
        }
    }

    /// Reports whether the comparison is never null in SQL, whatever the value.
    pub fn is_never_null(&self) -> bool {
        matches!(self, Self::Differs(_) | Self::NotIn(_) | Self::IsNull(_))
    }

    /// Writes the comparison of a column of a table alias.
    pub fn write(&self, sql: &mut Sql, alias: &str, column: &str) {
        match self {
            Self::With(operator, param) => {
                sql.column(alias, column).push(" ").push(operator).push(" ").bind(param.clone());
            }
            Self::Differs(param) => {
                sql.column(alias, column).by_dialect(" IS NOT ", " IS DISTINCT FROM ").bind(param.clone());
            }
            Self::In(params) => {
                sql.column(alias, column);
                in_many(sql, params);
            }
            Self::NotIn(params) => {
                sql.push("NOT COALESCE(").column(alias, column);
                in_many(sql, params);
                sql.push(", FALSE)");
            }
            Self::Contains(text) | Self::StartsWith(text) => {
                sql.by_dialect("instr(", "strpos(");
                write_folded(sql, alias, column, text);
                sql.push(", ").bind(Param::Text(text.folded.clone()));
                sql.push(if matches!(self, Self::Contains(_)) { ") > 0" } else { ") = 1" });
            }
            Self::EndsWith(text) => {
                let length = text.folded.chars().count();
                if length == 0 {
                    sql.column(alias, column).push(" IS NOT NULL");
                    return;
                }
                // PostgreSQL has `right`. In SQLite, `substr` with a negative start counts from the end.
                sql.by_dialect("substr(", "right(");
                write_folded(sql, alias, column, text);
                sql.by_dialect(", -", ", ").bind(Param::Int(i64::try_from(length).unwrap_or(i64::MAX)));
                sql.by_dialect(") = ", "::int) = ").bind(Param::Text(text.folded.clone()));
            }
            Self::IsNull(null) => {
                sql.column(alias, column).push(if *null { " IS NULL" } else { " IS NOT NULL" });
            }
        }
    }
}

/// Writes a column with its case folded. On PostgreSQL, only the letters that occur in the text are folded: others cannot
/// make it match.
fn write_folded(sql: &mut Sql, alias: &str, column: &str, text: &SearchText) {
    if sql.dialect() == Dialect::Sqlite {
        sql.push("fold(").column(alias, column).push(")");
        return;
    }
    let translates = !text.variants.is_empty();
    sql.push(if translates { "translate(lower(" } else { "lower(" });
    if text.has_part_of_dotted_i() {
        let (letter, [first, second]) = DOTTED_I;
        sql.push("replace(").column(alias, column).push(&format!(", '{letter}', '{first}{second}')"));
    } else {
        sql.column(alias, column);
    }
    // In the collation `C`, only ASCII letters have case.
    sql.push(r#" COLLATE "C")"#);
    if translates {
        sql.push(", ").bind(Param::Text(text.variants.clone()));
        sql.push(", ").bind(Param::Text(text.letters.clone())).push(")");
    }
}

fn in_many(sql: &mut Sql, params: &Param) {
    match params {
        Param::Ints(values) => _ = sql.in_ints(values.clone()),
        Param::Texts(values) => _ = sql.in_texts(values.clone()),
        _ => _ = sql.push(" IS NULL"),
    }
}
