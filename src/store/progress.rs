//! Progress of long work.

/// Receives the progress of long work, such as an import or a copy.
pub trait Progress: Send + Sync {
    /// Begins a stage of `total` steps; `stage` is its name, for example `Reading documents`.
    fn begin(&self, stage: &'static str, total: usize);
    /// Reports that further steps of the stage are done.
    fn advance(&self, steps: usize);
    /// Ends the stage.
    fn end(&self);
}

/// Ignores all progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: usize) {}
    fn advance(&self, _: usize) {}
    fn end(&self) {}
}
