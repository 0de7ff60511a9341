//! Turns of heavy operations: only few run at once, on threads of their own, so that those who ask for little do not wait.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most heavy operations that wait for their turn, for each that may run. More would wait for longer than anyone listens.
const WAITING_EACH: usize = 16;

/// Places for heavy operations.
pub struct Turns {
    running: Arc<Semaphore>,
    waiting: Semaphore,
    patience: Duration,
}

impl Turns {
    /// So many places; who waits longer than `patience` is sent away.
    pub fn new(places: usize, patience: Duration) -> Self {
        Self { running: Arc::new(Semaphore::new(places)), waiting: Semaphore::new(places * WAITING_EACH), patience }
    }

    /// Waits for a place; `None` when there is none soon.
    pub async fn take(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.running).try_acquire_owned() {
            return Some(place);
        }
        let _waiting = self.waiting.try_acquire().ok()?;
        tokio::time::timeout(self.patience, Arc::clone(&self.running).acquire_owned()).await.ok()?.ok()
    }
}
