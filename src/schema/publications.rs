//! Tells when something was published.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::watch;

use crate::store::{Store, StoreError};

/// How often the database is asked for its latest revision while anyone watches. It takes one small statement, whoever
/// published: this process, another, or another machine.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches the latest revision, as long as anyone wants to know.
#[derive(Clone, Default)]
pub struct Publications(Arc<Mutex<Weak<watch::Sender<i64>>>>);

impl Publications {
    /// The latest revision now and from now on.
    pub fn watch(&self, store: &Store) -> watch::Receiver<i64> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The task alone keeps the sender, so that everybody learns when the task ends, however it does.
        if let Some(sender) = watched.upgrade() {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(-1);
        let sender = Arc::new(sender);
        *watched = Arc::downgrade(&sender);
        tokio::spawn(self.clone().tell(sender, store.clone()));
        receiver
    }

    /// Asks until nobody watches. A database that does not answer is asked again; watchers see what comes after.
    async fn tell(self, sender: Arc<watch::Sender<i64>>, store: Store) {
        loop {
            {
                let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if sender.is_closed() {
                    *watched = Weak::new();
                    return;
                }
            }
            match latest(&store).await {
                Ok(number) => _ = sender.send_if_modified(|known| std::mem::replace(known, number) != number),
                Err(failure) => tracing::warn!(error = &failure as &dyn std::error::Error, "cannot see what is published"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

async fn latest(store: &Store) -> Result<i64, StoreError> {
    Ok(store.snapshot().await?.latest_revision().await?.map_or(0, |revision| revision.number))
}
