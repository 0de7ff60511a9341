//! Comparisons of values: of a column, or inside the JSON of a column.

use crate::{
    engine::sql::writer::{ENTRY, Sql},
    store::reading::{
        fold::{DOTTED_I, FoldedText},
        statement::{Dialect, Param},
    },
};

/// A comparison of one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Compare {
    /// `=`, `<`, `<=`, `>` or `>=`; null does not match.
    With(&'static str, Param),
    /// Equal to the text; case is ignored.
    IgnoringCase(FoldedText),
    /// Another value, or null.
    Differs(Param),
    /// One of the values.
    In(Param),
    /// None of the values, or null.
    NotIn(Param),
    /// Contains the text; case is ignored.
    Contains(FoldedText),
    /// Starts with the text; case is ignored.
    StartsWith(FoldedText),
    /// Ends with the text; case is ignored.
    EndsWith(FoldedText),
    /// The id of a record that had this slug before it was renamed.
    OfFormerSlug(Param),
    /// Null if true, not null if false.
    IsNull(bool),
    /// The value is a list in JSON, and one of its entries matches.
    AnyEntry(Box<Compare>),
    /// The value is a list of texts in JSON, and contains all of the texts.
    HasAll(Param),
    /// The comparison, written so that SQLite uses no index for it. On PostgreSQL it is written unchanged.
    Unindexed(Box<Compare>),
}

impl Compare {
    /// Reports whether the database must read every row, because no index supports the comparison.
    pub fn needs_scan(&self) -> bool {
        !matches!(self, Self::With(..) | Self::In(_) | Self::OfFormerSlug(_) | Self::IsNull(_) | Self::Unindexed(_))
    }

    /// Returns the comparison without [`Self::Unindexed`].
    pub fn indexed(&self) -> &Self {
        if let Self::Unindexed(compare) = self { compare } else { self }
    }

    /// Returns the number of values in an equality or `IN`; `None` for other comparisons.
    pub fn equality_count(&self) -> Option<usize> {
        match self {
            Self::With("=", _) => Some(1),
            Self::In(Param::Texts(values)) => Some(values.len()),
            Self::In(Param::Ints(values)) => Some(values.len()),
            _ => None,
        }
    }

    /// Estimates how many rows the database reads to evaluate the comparison for `rows` rows. For a comparison that ignores
    /// case, PostgreSQL replaces in each row the letters outside ASCII that fold to a letter of the text. Replacing one of
    /// these letters takes as long as reading one more row.
    pub fn rows_read(&self, rows: u64) -> u64 {
        match self {
            Self::IgnoringCase(text) | Self::Contains(text) | Self::StartsWith(text) | Self::EndsWith(text) => {
                rows.saturating_mul(1 + text.letters.chars().count() as u64)
            }
            Self::AnyEntry(entry) => rows.saturating_add(entry.rows_read(rows)),
            Self::HasAll(Param::Texts(texts)) => rows.saturating_mul(1 + texts.len() as u64),
            _ if self.needs_scan() => rows,
            _ => 0,
        }
    }

    /// Returns the comparison for a single entry of the compared list. [`Self::HasAll`] becomes [`Self::In`]: the entry
    /// is one of the values that the list must have. Comparisons of other values are returned unchanged.
    #[must_use]
    pub fn of_entry(self) -> Self {
        match self {
            Self::AnyEntry(entry) => *entry,
            Self::HasAll(params) => Self::In(params),
            other => other,
        }
    }

    /// Returns the size of its values in memory, in bytes.
    pub fn allocated_bytes(&self) -> usize {
        match self {
            Self::With(_, param)
            | Self::Differs(param)
            | Self::In(param)
            | Self::NotIn(param)
            | Self::OfFormerSlug(param)
            | Self::HasAll(param) => param.allocated_bytes(),
            Self::IgnoringCase(text) | Self::Contains(text) | Self::StartsWith(text) | Self::EndsWith(text) => {
                text.allocated_bytes()
            }
            Self::AnyEntry(compare) | Self::Unindexed(compare) => size_of::<Self>() + compare.allocated_bytes(),
            Self::IsNull(_) => 0,
        }
    }

    /// Reports whether the comparison is never null in SQL, whatever the value.
    pub fn is_never_null(&self) -> bool {
        matches!(self, Self::Differs(_) | Self::NotIn(_) | Self::IsNull(_) | Self::AnyEntry(_) | Self::HasAll(_))
    }

    /// Writes the comparison. `value` writes the compared value, and is called for each occurrence of the value.
    pub fn write(&self, sql: &mut Sql, value: &dyn Fn(&mut Sql)) {
        match self {
            Self::With(operator, param) => {
                value(sql);
                sql.push(" ").push(operator).push(" ").bind(param.clone());
            }
            Self::IgnoringCase(text) => {
                write_folded(sql, value, text);
                sql.push(" = ").bind(Param::Text(text.folded.clone()));
            }
            Self::Differs(param) => {
                value(sql);
                sql.by_dialect(" IS NOT ", " IS DISTINCT FROM ").bind(param.clone());
            }
            Self::In(params) => {
                value(sql);
                in_many(sql, params);
            }
            Self::NotIn(params) => {
                sql.push("NOT COALESCE(");
                value(sql);
                in_many(sql, params);
                sql.push(", FALSE)");
            }
            Self::Contains(text) | Self::StartsWith(text) => {
                sql.by_dialect("instr(", "strpos(");
                write_folded(sql, value, text);
                sql.push(", ").bind(Param::Text(text.folded.clone()));
                sql.push(if matches!(self, Self::Contains(_)) { ") > 0" } else { ") = 1" });
            }
            Self::EndsWith(text) => {
                let length = text.folded.chars().count();
                if length == 0 {
                    value(sql);
                    sql.push(" IS NOT NULL");
                    return;
                }
                // PostgreSQL has `right`. In SQLite, `substr` with a negative start counts from the end.
                sql.by_dialect("substr(", "right(");
                write_folded(sql, value, text);
                sql.by_dialect(", -", ", ").bind(Param::Int(i64::try_from(length).unwrap_or(i64::MAX)));
                sql.by_dialect(") = ", "::int) = ").bind(Param::Text(text.folded.clone()));
            }
            Self::OfFormerSlug(slug) => {
                // Within `OR`, PostgreSQL uses the index of the column for an array, but not for `IN` with a query.
                value(sql);
                sql.by_dialect(" IN (", " = ANY (ARRAY(");
                sql.push("SELECT \"id\" FROM \"former_slug\" WHERE \"slug\" = ").bind(slug.clone()).by_dialect(")", "))");
            }
            Self::IsNull(null) => {
                value(sql);
                sql.push(if *null { " IS NULL" } else { " IS NOT NULL" });
            }
            Self::Unindexed(compare) => compare.write(sql, &|sql| {
                // A column with a plus sign is an expression, for which there is no index.
                value(sql.by_dialect("+", ""));
            }),
            Self::AnyEntry(entry) => {
                sql.any_entry("json_array_elements_text", value, |sql, alias| {
                    entry.write(sql, &|sql| _ = sql.column(alias, ENTRY));
                });
            }
            Self::HasAll(params) if sql.dialect() == Dialect::Sqlite => {
                sql.push("NOT EXISTS (SELECT 1 FROM json_each(").bind(params.clone());
                sql.push(") AS v WHERE v.value NOT IN (SELECT value FROM json_each(");
                value(sql);
                sql.push(")))");
            }
            Self::HasAll(params) => {
                sql.bind(params.clone()).push("::text[] <@ ARRAY(SELECT json_array_elements_text(");
                value(sql);
                sql.push("))");
            }
        }
    }
}

/// Writes a value with its case folded. On PostgreSQL, only the letters that occur in the text are folded, because no
/// other letter can match.
fn write_folded(sql: &mut Sql, value: &dyn Fn(&mut Sql), text: &FoldedText) {
    if sql.dialect() == Dialect::Sqlite {
        sql.push("fold(");
        value(sql);
        sql.push(")");
        return;
    }
    let translates = !text.variants.is_empty();
    sql.push(if translates { "translate(lower(" } else { "lower(" });
    if text.has_part_of_dotted_i() {
        let (letter, [first, second]) = DOTTED_I;
        sql.push("replace(");
        value(sql);
        sql.push(&format!(", '{letter}', '{first}{second}')"));
    } else {
        value(sql);
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
        // A single value is a list of one.
        value => _ = sql.push(" = ").bind(value.clone()),
    }
}
