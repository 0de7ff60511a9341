//! Helpers of tests that run a service.

use std::sync::mpsc;

use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{Limits, Service, Work};
use crate::{
    access::Account,
    schema::{Refusal, TrustedDocuments},
    store::{DatabaseUrl, Store},
};

/// Creates a service with an empty database. Also returns the folder of the database, which is removed when it is dropped.
pub async fn service(limits: Limits) -> (Service, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("test.db"))).await.expect("a database");
    (Service::new(&store, limits, TrustedDocuments::default()), folder)
}

/// A job of a client that has a permit until the test ends it.
pub struct RunningJob {
    end: mpsc::Sender<()>,
    ended: JoinHandle<Result<(), Refusal>>,
}

impl RunningJob {
    /// Starts a job. There must be a permit for it.
    pub async fn start(service: &Service, kind: Work, account: &Account) -> Self {
        let (end, signal) = mpsc::channel();
        let (sender, started) = oneshot::channel();
        let (service, account) = (service.clone(), account.clone());
        let work = move || {
            _ = sender.send(());
            _ = signal.recv();
        };
        let ended = tokio::spawn(async move { service.in_pool(kind, &account, work).await });
        started.await.expect("it starts at once");
        Self { end, ended }
    }

    /// Ends the job.
    pub async fn end(self) {
        drop(self.end);
        self.ended.await.expect("no panic").expect("it ran");
    }
}
