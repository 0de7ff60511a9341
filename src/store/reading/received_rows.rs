//! The rows of a statement while they are received.

use super::statement::{Rows, Statement};

/// Length of a chunk: when the texts and bytes of its rows have this number of bytes, the next chunk begins.
const CHUNK_BYTES: usize = 64 * 1024;

/// The rows of a statement while they are received: all of them, or only those of the current chunk.
pub struct ReceivedRows<'c> {
    /// The rows of the current chunk.
    pub rows: Rows,
    /// Number of rows of the earlier chunks.
    earlier: usize,
    /// Called with each chunk; `None` if the rows are received as a whole.
    chunk: Option<&'c mut (dyn FnMut(&Rows) + Send)>,
}

impl<'c> ReceivedRows<'c> {
    /// Receives the rows as a whole.
    #[must_use]
    pub fn whole(statement: &Statement) -> Self {
        Self { rows: Rows::new(statement.reads.len()), earlier: 0, chunk: None }
    }

    /// Receives the rows in chunks, of which one is in memory at a time.
    #[must_use]
    pub fn in_chunks(statement: &Statement, chunk: &'c mut (dyn FnMut(&Rows) + Send)) -> Self {
        Self { chunk: Some(chunk), ..Self::whole(statement) }
    }

    /// Ends a row, and its chunk if that is long.
    pub fn end_row(&mut self) {
        if self.chunk.is_some() && self.rows.length() >= CHUNK_BYTES {
            self.end_chunk();
        }
    }

    /// Ends the current chunk. Does nothing if the rows are received as a whole.
    pub fn end_chunk(&mut self) {
        if let Some(chunk) = &mut self.chunk {
            chunk(&self.rows);
            self.earlier += self.rows.len();
            self.rows.clear();
        }
    }

    /// Returns the number of all rows that have been received.
    #[must_use]
    pub fn count(&self) -> usize {
        self.earlier + self.rows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::reading::statement::Read;

    #[test]
    fn the_rows_of_a_chunk_are_removed_before_the_next_chunk() {
        let statement = Statement::new("", Vec::new(), [Read::Bytes]);
        let mut chunks = Vec::new();
        let mut chunk = |rows: &Rows| chunks.push((rows.len(), rows.bytes(0, 0)[0]));
        let mut received = ReceivedRows::in_chunks(&statement, &mut chunk);
        for number in 0..5 {
            received.rows.push_bytes(&vec![number; CHUNK_BYTES / 2]);
            received.end_row();
        }
        assert_eq!(received.count(), 5);
        received.end_chunk();
        assert_eq!(chunks, [(2, 0), (2, 2), (1, 4)]);
    }
}
