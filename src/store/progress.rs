//! Progress: what long work tells of itself.

/// Hears how far long work is, such as an import or a copy.
pub trait Progress: Send + Sync {
    /// A stage begins that has `total` steps, for example `Reading documents`.
    fn begin(&self, stage: &'static str, total: usize);
    /// So many steps of the stage are done.
    fn advance(&self, steps: usize);
    /// The stage is done.
    fn end(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: usize) {}
    fn advance(&self, _: usize) {}
    fn end(&self) {}
}
