//! Runs the plans of root fields.

use super::{
    json::JsonWriter,
    level::{Level, read},
};
use crate::{
    engine::{plan::root::RootPlan, problem::EngineError, sql::statement::Parents},
    store::{Snapshot, statement::Dialect},
};

/// The rows that were read for a [`RootPlan`]: a level for each of its fetches.
pub struct RootRows(Vec<Level>);

impl RootPlan {
    /// Reads the rows of the plan and writes them as JSON.
    ///
    /// # Errors
    /// If the response becomes too long, the database fails or takes too long, or stored content does not have its declared
    /// shape.
    pub async fn run(&self, snapshot: &mut Snapshot, dialect: Dialect, writer: &mut JsonWriter) -> Result<(), EngineError> {
        let rows = self.read(snapshot, dialect).await?;
        self.write(&rows, writer)
    }

    /// Reads the rows of the plan.
    ///
    /// # Errors
    /// If the database fails or takes too long, or stored content does not have its declared shape.
    pub async fn read(&self, snapshot: &mut Snapshot, dialect: Dialect) -> Result<RootRows, EngineError> {
        let mut levels = Vec::new();
        match self {
            Self::Null => {}
            Self::One(fetch, _) | Self::Connection(fetch, _) => {
                levels.push(read(snapshot, dialect, fetch, Parents::Root).await?);
            }
            Self::Nodes { fetches, wanted, .. } => {
                for (at, (fetch, _)) in fetches.iter().enumerate() {
                    let mut keys: Vec<i64> =
                        wanted.iter().flatten().filter(|(wanted, _)| *wanted == at).map(|(_, key)| *key).collect();
                    keys.sort_unstable();
                    keys.dedup();
                    levels.push(read(snapshot, dialect, fetch, Parents::Keys(keys)).await?);
                }
            }
        }
        Ok(RootRows(levels))
    }

    /// Writes the rows of the plan as JSON.
    ///
    /// # Errors
    /// If the response becomes too long, or stored content does not have its declared shape.
    pub fn write(&self, RootRows(levels): &RootRows, writer: &mut JsonWriter) -> Result<(), EngineError> {
        match (self, levels.first()) {
            (Self::One(fetch, plan), Some(level)) => {
                writer.note_used(fetch, level);
                writer.row_of(fetch, level, 0, plan)
            }
            (Self::Connection(fetch, plan), Some(level)) => {
                writer.note_used(fetch, level);
                writer.connection(fetch, level, 0, plan)
            }
            (Self::Nodes { fetches, wanted, list }, _) => {
                for ((fetch, _), level) in fetches.iter().zip(levels) {
                    writer.note_used(fetch, level);
                }
                for (at, _) in wanted.iter().flatten().filter(|(at, key)| levels[*at].groups.get(*key).is_none()) {
                    writer.note_missing(&fetches[*at].0);
                }
                let one = |writer: &mut JsonWriter, wanted: &Option<(usize, i64)>| {
                    let Some((at, key)) = wanted else { return writer.raw("null") };
                    let (fetch, plan) = &fetches[*at];
                    writer.row_of(fetch, &levels[*at], *key, plan)
                };
                match (list, wanted.first()) {
                    (false, Some(wanted)) => one(writer, wanted),
                    _ => writer.brackets(wanted.iter(), one),
                }
            }
            (Self::Null | Self::One(..) | Self::Connection(..), _) => writer.raw("null"),
        }
    }
}
