//! Notifies subscriptions of publications.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use crate::store::{RevisionStamp, Store};

/// Interval at which the latest revision is read while there are subscriptions. Reading it is one small statement, which
/// finds publications by other processes and machines. After a publication by this process, it is read at once.
const INTERVAL: Duration = Duration::from_millis(500);

/// Watches the latest revision while there are subscriptions.
#[derive(Clone, Default)]
pub struct Publications(Arc<Inner>);

#[derive(Default)]
struct Inner {
    watched: Mutex<Weak<watch::Sender<Option<RevisionStamp>>>>,
    /// Notified of publications by this process.
    published: Notify,
}

impl Publications {
    /// Returns a receiver of the latest revision. Its value is `None` until the revision has been read.
    pub fn watch(&self, store: &Store) -> watch::Receiver<Option<RevisionStamp>> {
        let mut watched = self.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
        // Only the polling task owns the sender, so receivers notice when the task ends for any reason.
        if let Some(sender) = watched.upgrade() {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        let sender = Arc::new(sender);
        *watched = Arc::downgrade(&sender);
        tokio::spawn(self.clone().poll(sender, store.clone()));
        receiver
    }

    /// Reads the latest revision at once, because this process has published one.
    pub fn published(&self) {
        self.0.published.notify_one();
    }

    /// Reads the latest revision until there are no receivers. If the database fails, the next attempt follows after the
    /// interval.
    async fn poll(self, sender: Arc<watch::Sender<Option<RevisionStamp>>>, store: Store) {
        loop {
            {
                let mut watched = self.0.watched.lock().unwrap_or_else(PoisonError::into_inner);
                if sender.is_closed() {
                    *watched = Weak::new();
                    return;
                }
            }
            match store.latest().await {
                Ok(stamp) => _ = sender.send_if_modified(|last| last.replace(stamp) != Some(stamp)),
                Err(failure) => {
                    tracing::warn!(error = &failure as &dyn std::error::Error, "cannot read the latest revision");
                }
            }
            // The revision is read again after the interval or after a publication, whichever is first.
            let _ = timeout(INTERVAL, self.0.published.notified()).await;
        }
    }
}
