//! The tables of a database and their columns.

use std::fmt;

use super::BulkError;

#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    /// Its columns, without those that the database computes.
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    /// The type of its values.
    pub kind: Kind,
    /// Number of bytes of its integers in PostgreSQL: 2, 4 or 8. Not used for values of other types.
    pub width: usize,
}

/// The type of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integers.
    Int,
    /// Floating point numbers of 64 bits.
    Float,
    /// True and false.
    Boolean,
    /// Text. JSON is read as its text.
    Text,
    /// Bytes.
    Bytes,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int => "an integer",
            Self::Float => "a floating point number",
            Self::Boolean => "true or false",
            Self::Text => "text",
            Self::Bytes => "bytes",
        })
    }
}

impl Table {
    /// Returns its name, quoted for SQL.
    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// Returns the table with only these columns, in this order.
    ///
    /// # Errors
    /// If one of the columns does not exist.
    pub fn with(&self, columns: &[&str]) -> Result<Self, BulkError> {
        let missing = |name: &str| BulkError::Tables(format!("{} has no {name}", self.name));
        let column = |name: &&str| {
            let column = self.columns.iter().find(|column| column.name == **name);
            column.cloned().ok_or_else(|| missing(name))
        };
        Ok(Self { name: self.name.clone(), columns: columns.iter().map(column).collect::<Result<_, _>>()? })
    }

    /// Returns its columns, quoted for SQL and separated by commas.
    pub fn columns(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }
}

/// Quotes a name for SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the tables of a source in the order of the target, with their columns in the order of the target.
///
/// # Errors
/// If the two databases do not have the same tables with the same columns of the same types.
pub fn matched(source: &[Table], target: &[Table]) -> Result<Vec<Table>, BulkError> {
    let differ = |what: String| Err(BulkError::Tables(what));
    if let Some(more) = source.iter().find(|table| target.iter().all(|other| other.name != table.name)) {
        return differ(format!("only the source has {}", more.name));
    }
    let mut tables = Vec::with_capacity(target.len());
    for wanted in target {
        let Some(mut table) = source.iter().find(|table| table.name == wanted.name).cloned() else {
            return differ(format!("only the target has {}", wanted.name));
        };
        let position = |name: &str| wanted.columns.iter().position(|column| column.name == name);
        table.columns.sort_by_key(|column| position(&column.name));
        let same = |(one, other): (&Column, &Column)| one.name == other.name && one.kind == other.kind;
        if table.columns.len() != wanted.columns.len() || !table.columns.iter().zip(&wanted.columns).all(same) {
            return differ(format!(
                "{} has {} in the source, and {} in the target",
                table.name,
                kinds(&table),
                kinds(wanted)
            ));
        }
        tables.push(table);
    }
    Ok(tables)
}

fn kinds(table: &Table) -> String {
    let kinds: Vec<String> = table.columns.iter().map(|column| format!("{} ({})", column.name, column.kind)).collect();
    kinds.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[(&str, Kind)]) -> Table {
        let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind, width: 8 };
        Table { name: name.to_owned(), columns: columns.iter().map(column).collect() }
    }

    #[test]
    fn tables_match_with_their_columns_in_any_order() {
        let target = [table("a", &[("x", Kind::Int), ("y", Kind::Text)])];
        let found = matched(&[table("a", &[("y", Kind::Text), ("x", Kind::Int)])], &target).unwrap();
        assert_eq!(found[0].columns(), r#""x", "y""#);
        let differs = |source: Vec<Table>| matched(&source, &target).unwrap_err().to_string();
        for (source, why) in [
            (vec![], "only the target has a"),
            (vec![table("a", &[("x", Kind::Int)])], "a has x (an integer) in the source"),
            (vec![table("a", &[("x", Kind::Int), ("y", Kind::Int)])], "y (an integer) in the source"),
            (vec![table("a", &[("x", Kind::Int), ("y", Kind::Text)]), table("b", &[])], "only the source has b"),
        ] {
            assert!(differs(source).contains(why), "{why}");
        }
    }
}
