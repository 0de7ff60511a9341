//! Runs the plans of root fields with content.

use super::{
    json::JsonWriter,
    level::{Level, distinct, read},
};
use crate::{
    engine::{plan::root::ContentPlan, problem::EngineError, sql::template::Parents},
    store::Snapshot,
};

impl ContentPlan {
    /// Reads the rows of the plan and writes them as JSON.
    ///
    /// # Errors
    /// If the response becomes too long, the database fails or takes too long, or stored content does not have its declared
    /// shape.
    pub async fn run(&self, snapshot: &mut Snapshot, writer: &mut JsonWriter) -> Result<(), EngineError> {
        let levels = self.read(snapshot).await?;
        // Most responses are at most twice as long as the texts in them, so few outgrow this buffer and are copied.
        writer.out.reserve(2 * levels.iter().map(Level::text_length).sum::<usize>());
        self.write(&levels, writer)
    }

    async fn read(&self, snapshot: &mut Snapshot) -> Result<Vec<Level>, EngineError> {
        let mut levels = Vec::new();
        match self {
            Self::One(fetch, _) | Self::Connection(fetch, _) => {
                levels.push(read(snapshot, fetch, Parents::Root).await?);
            }
            Self::Nodes { fetches, wanted, .. } => {
                for (at, (fetch, _)) in fetches.iter().enumerate() {
                    let keys = wanted.iter().flatten().filter(|(wanted, _)| *wanted == at).map(|(_, key)| *key);
                    levels.push(read(snapshot, fetch, Parents::Keys(distinct(keys.collect()))).await?);
                }
            }
        }
        Ok(levels)
    }

    fn write(&self, levels: &[Level], writer: &mut JsonWriter) -> Result<(), EngineError> {
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
                for (at, _) in wanted.iter().flatten().filter(|(at, key)| levels[*at].ranges.get(*key).is_none()) {
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
            (Self::One(..) | Self::Connection(..), None) => writer.raw("null"),
        }
    }
}
