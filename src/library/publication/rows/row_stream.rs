//! A stream of rows to write. They are built in parallel, and ahead of the consumer.

use std::{borrow::Cow, collections::VecDeque, future::ready, panic::resume_unwind};

use crate::library::error::LibraryError;

use sea_orm::sea_query::Value;
use tokio::task::{self, JoinError, JoinHandle};

/// Number of chunks of rows that are built ahead of the consumer, for each thread.
const CHUNKS_AHEAD: usize = 2;

/// Rows of one table.
#[derive(Default)]
pub(in crate::library) struct Rows {
    /// The columns; empty before the first row.
    pub names: Vec<Cow<'static, str>>,
    /// The values, row by row.
    pub values: Vec<Value>,
}

impl Rows {
    pub fn name(&mut self, names: impl IntoIterator<Item = &'static str>) {
        self.names.extend(names.into_iter().map(Cow::Borrowed));
    }
}

/// A task that builds rows.
pub(super) type Started<R> = JoinHandle<Result<R, LibraryError>>;

/// A stream of rows, which are built in parallel and ahead of the consumer.
pub(in crate::library) struct RowStream<R> {
    /// Starts to build the next rows; `None` if there are no more.
    start: Box<dyn FnMut() -> Option<Started<R>> + Send>,
    /// The chunks that were started and not returned yet, in order.
    started: VecDeque<Started<R>>,
}

impl<R: Send + 'static> RowStream<R> {
    /// Creates a stream from a function that starts to build the next rows; it returns `None` if there are no more.
    pub fn new(start: impl FnMut() -> Option<Started<R>> + Send + 'static) -> Self {
        Self { start: Box::new(start), started: VecDeque::new() }
    }

    /// Creates a stream of one chunk of rows.
    pub fn just(rows: R) -> Self {
        Self { start: Box::new(|| None), started: VecDeque::from([task::spawn(ready(Ok(rows)))]) }
    }

    /// Returns the next rows, in order; `None` if there are no more.
    pub async fn next(&mut self) -> Option<Result<R, LibraryError>> {
        let most = CHUNKS_AHEAD * rayon::current_num_threads();
        while self.started.len() < most
            && let Some(next) = (self.start)()
        {
            self.started.push_back(next);
        }
        Some(self.started.pop_front()?.await.unwrap_or_else(resume))
    }
}

/// Continues a panic of another thread. Tasks are never cancelled, so a panic is the only way in which they fail.
fn resume<T>(failure: JoinError) -> Result<T, LibraryError> {
    match failure.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(failure) => Err(LibraryError::Failed(format!("making rows failed: {failure}."))),
    }
}
