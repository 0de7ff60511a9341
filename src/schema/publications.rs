//! Tells when something was published.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::watch;

use crate::store::{RevisionStamp, Store};

/// How often the database is asked for its latest revision while anyone watches. It takes one small statement, whoever
/// published: this process, another, or another machine.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches the latest revision, as long as anyone wants to know.
#[derive(Clone, Default)]
pub struct Publications(Arc<Mutex<Weak<watch::Sender<Option<RevisionStamp>>>>>);

impl Publications {
    /// The latest revision now and from now on; `None` until it is known.
    pub fn watch(&self, store: &Store) -> watch::Receiver<Option<RevisionStamp>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The task alone keeps the sender, so that everybody learns when the task ends, however it does.
        if let Some(sender) = watched.upgrade() {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        *watched = Arc::downgrade(&sender);
        tokio::spawn(self.clone().tell(sender, store.clone()));
        receiver
    }

    /// Asks until nobody watches. A database that does not answer is asked again; watchers see what comes after.
    async fn tell(self, sender: Arc<watch::Sender<Option<RevisionStamp>>>, store: Store) {
        loop {
            {
                let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if sender.is_closed() {
                    *watched = Weak::new();
                    return;
                }
            }
            match store.latest().await {
                Ok(mark) => _ = sender.send_if_modified(|known| known.replace(mark) != Some(mark)),
                Err(failure) => tracing::warn!(error = &failure as &dyn std::error::Error, "cannot see what is published"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
