//! Counts the rows of whole tables.

use crate::{
    engine::{catalog::ObjectType, sql::writer::Sql},
    store::{Snapshot, StoreError, reading::statement::Read},
};

/// Counts the rows of each type's table in one statement. Value objects have no table and count as 0.
///
/// # Errors
/// If the database cannot be read.
pub async fn rows_of(snapshot: &mut Snapshot, objects: &[&ObjectType]) -> Result<Vec<i64>, StoreError> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(snapshot.dialect());
    sql.push("SELECT ");
    for object in objects {
        match object.table() {
            Some(table) => sql.push("(SELECT COUNT(*) FROM ").name(table).push("), "),
            None => sql.push("0, "),
        };
    }
    sql.drop_comma();
    let rows = snapshot.rows(&sql.finish(vec![Read::Int; objects.len()]).statement()).await?;
    Ok((0..objects.len()).map(|at| rows.int(0, at).unwrap_or_default()).collect())
}
