//! Helpers of tests that need the state of all handlers.

use std::sync::Arc;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{
    Endpoint, Hosts, HttpConfig, Metrics, Readiness, RefusedOrigins,
    gate::{Gate, Permits},
    socket::{SocketConfig, Sockets},
};
use crate::{
    access::{Access, AccessConfig, Accounts, Limiter, MAX_RESERVED_BYTES},
    schema::{Limits, Service, TrustedDocuments},
    store::{DatabaseUrl, Store},
};

/// Creates a gate on an empty database. Also returns the database, and its folder, which is removed when it is dropped.
pub async fn gate(access: &AccessConfig, limits: Limits) -> (Gate, Store, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("test.db"))).await.expect("a database");
    let gate = Gate {
        service: Service::new(&store, limits, TrustedDocuments::default()),
        access: Arc::new(Access::open(access, &store).await.expect("valid settings")),
        accounts: Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES),
        metrics: Metrics::new().expect("valid names"),
    };
    (gate, store, folder)
}

/// Creates the state of a service with an empty database. Also returns the folder of the database, which is removed when it
/// is dropped.
pub async fn endpoint(limits: Limits) -> (Endpoint, TempDir) {
    let (gate, store, folder) = gate(&AccessConfig::default(), limits).await;
    let (gate, stopping) = (Arc::new(gate), CancellationToken::new());
    let endpoint = Endpoint {
        sockets: Sockets::new(Arc::<Gate>::clone(&gate), SocketConfig::default(), stopping.clone()),
        gate,
        readiness: Readiness::of(store),
        health_checks: Limiter::new(0, 0),
        hosts: Hosts::of_service(&[], [127, 0, 0, 1].into(), false),
        config: HttpConfig::default(),
        refused_origins: RefusedOrigins::default(),
        connections: Permits::new(1, 1),
        stopping,
    };
    (endpoint, folder)
}
