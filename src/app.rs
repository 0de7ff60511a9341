//! The one place where the parts are put together.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Once},
};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web::Data};
use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Access, AccessConfig, Accounts},
    http::{
        self, Endpoint, HttpConfig, Readiness,
        connection::Connections,
        gate::Gate,
        host::Hosts,
        metrics::Metrics,
        permits::Permits,
        socket::{SocketConfig, Sockets},
    },
    schema::{Limits, Service, TrustedDocuments},
    store::Store,
};

/// How long running requests may take to finish when the service stops, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 10;

/// What whoever runs the service may set.
#[derive(Default)]
pub struct Config {
    /// Settings of the HTTP side.
    pub http: HttpConfig,
    /// Limits of sockets.
    pub sockets: SocketConfig,
    /// Who may do what, and how much of it.
    pub access: AccessConfig,
    /// Limits of operations.
    pub limits: Limits,
    /// Documents that clients were built with.
    pub trusted: TrustedDocuments,
    /// Where metrics are served; `None` when they are not.
    pub metrics: Option<TcpListener>,
}

/// The service, bound to its address.
pub struct Application {
    server: Server,
    metrics: Option<Server>,
    address: SocketAddr,
    stopping: CancellationToken,
}

impl Application {
    /// Prepares to serve from a store on an address that is bound already.
    ///
    /// # Errors
    /// When a listener cannot be used, or settings of access do not go together.
    pub async fn build(store: &Store, listener: TcpListener, config: Config) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let stopping = CancellationToken::new();
        let held = config.limits.held;
        let limits = Limits { tags: config.http.caching.cache_tags, ..config.limits };
        let gate = Arc::new(Gate {
            service: Service::new(store, limits, config.trusted),
            access: Arc::new(Access::open(&config.access, store).await.map_err(io::Error::other)?),
            accounts: Accounts::new(config.access.limiter(), held),
            metrics: Metrics::new().map_err(io::Error::other)?,
        });
        let sockets = Sockets::new(Arc::<Gate>::clone(&gate), config.sockets, stopping.clone());
        let shared = Data::new(sockets.clone());
        let limits = config.http.connections.clone();
        let permits = Permits::new(limits.most, limits.share.unwrap_or(limits.most));
        let connections = Connections {
            limits,
            permits: permits.clone(),
            http2: config.http.http2,
            metrics: gate.metrics.clone(),
            stopping: stopping.clone(),
        };
        let endpoint = Data::new(Endpoint {
            gate,
            readiness: Readiness::of(store.clone()),
            hosts: Hosts::of_service(&config.http.hosts, address.ip(), config.http.client_header.is_some()),
            config: config.http,
            sockets,
            connections: permits,
            unread_address: Once::new(),
            stopping: stopping.clone(),
        });
        let metrics = config.metrics.map(|listener| serve_metrics(listener, endpoint.clone())).transpose()?;
        let app = move || {
            let settings = endpoint.config.clone();
            App::new()
                .app_data(endpoint.clone())
                .app_data(shared.clone())
                .configure(|config| http::configure(config, &settings))
                .wrap(from_fn(http::charge))
                .wrap(from_fn(http::observe))
        };
        let builder = Server::build()
            .shutdown_timeout(SHUTDOWN_TIMEOUT)
            .shutdown_signal(told_to_stop(terminated()?, stopping.clone()));
        let server = connections.serve(builder, listener, app)?;
        Ok(Self { server, metrics, address, stopping })
    }

    /// The address that it is bound to; with port 0 asked for, the port that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the service when it is cancelled, as a signal does.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Serves until the process is told to stop (SIGTERM, SIGHUP or Ctrl-C), and finishes what is under way.
    ///
    /// # Errors
    /// When serving fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        let metrics = async {
            match self.metrics {
                Some(server) => server.await,
                None => Ok(()),
            }
        };
        tokio::try_join!(self.server, metrics).map(|_| ())
    }
}

fn serve_metrics(listener: TcpListener, endpoint: Data<Endpoint>) -> io::Result<Server> {
    let stopped = endpoint.stopping.clone().cancelled_owned();
    let hosts = Data::new(Hosts::of_metrics(&endpoint.config.hosts, listener.local_addr()?.ip()));
    let app = move || App::new().app_data(endpoint.clone()).app_data(hosts.clone()).configure(http::metrics::configure);
    Ok(HttpServer::new(app).workers(1).shutdown_signal(stopped).shutdown_timeout(1).listen(listener)?.run())
}

/// Waits for a signal, Ctrl-C, or whoever cancels; and lets everyone know, before the first connection is closed.
async fn told_to_stop(terminated: impl Future<Output = ()>, stopping: CancellationToken) {
    tokio::select! {
        () = terminated => {}
        _ = signal::ctrl_c() => {}
        () = stopping.cancelled() => {}
    }
    stopping.cancel();
}

/// Waits for SIGTERM, or SIGHUP, which a terminal sends when it is closed. They are listened for from now on, not from the first time that somebody waits.
#[cfg(unix)]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    let mut terminated = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    let mut hung_up = signal::unix::signal(signal::unix::SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}
