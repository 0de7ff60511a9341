//! Builds the service from its parts, serves it, and stops it.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web::Data};
use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Access, AccessConfig, Accounts, Limiter},
    http::{
        self, Endpoint, Hosts, HttpConfig, Metrics, Readiness, RefusedOrigins,
        connection::Connections,
        gate::{Gate, Permits},
        socket::{SocketConfig, Sockets},
    },
    pages::{self, reference::Schema},
    schema::{Limits, Service, TrustedDocuments},
    store::Store,
};

/// Seconds that running requests have to finish when the service stops.
const SHUTDOWN_TIMEOUT: u64 = 10;

/// Maximum number of open connections to the listener of the metrics. Monitoring needs one or two.
const MAX_METRICS_CONNECTIONS: usize = 64;

/// Returns the GraphQL documents of all pages, and those of the examples in the reference.
async fn documents() -> Vec<String> {
    let schema = http::REFERENCE_SCHEMA.get().await.ok().and_then(|schema| schema.as_ref().ok());
    let examples = schema.into_iter().flat_map(Schema::documents).map(str::to_owned);
    pages::documents().into_iter().map(str::to_owned).chain(examples).collect()
}

/// All settings of the operator.
#[derive(Default)]
pub struct Config {
    /// Settings of HTTP.
    pub http: HttpConfig,
    /// Limits of sockets.
    pub sockets: SocketConfig,
    /// Credentials, roles and budgets.
    pub access: AccessConfig,
    /// Limits of operations.
    pub limits: Limits,
    /// Documents from the operator's manifest.
    pub trusted: TrustedDocuments,
    /// The listener of the metrics; `None` if metrics are not served.
    pub metrics: Option<TcpListener>,
}

/// The service, bound to its address and ready to run.
pub struct Application {
    server: Server,
    metrics: Option<Server>,
    address: SocketAddr,
    stopping: CancellationToken,
}

impl Application {
    /// Builds the service from a store and a bound listener.
    ///
    /// # Errors
    /// Returns an error if a listener cannot be used, if the access settings contradict each other, or if
    /// the file with the key set cannot be used.
    pub async fn build(store: &Store, listener: TcpListener, config: Config) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let stopping = CancellationToken::new();
        let reserved_bytes = config.limits.reserved_bytes;
        let limits = Limits { tags: config.http.caching.cache_tags, ..config.limits };
        let gate = Arc::new(Gate {
            service: Service::new(store, limits, config.trusted.with_pages(documents).await),
            access: Arc::new(Access::open(&config.access, store).await.map_err(io::Error::other)?),
            accounts: Accounts::new(config.access.limiter(), reserved_bytes),
            metrics: Metrics::new().map_err(io::Error::other)?,
        });
        let sockets = Sockets::new(Arc::<Gate>::clone(&gate), config.sockets, stopping.clone());
        let shared = Data::new(sockets.clone());
        let limits = config.http.connections.clone();
        let permits = Permits::new(limits.max_connections, limits.max_per_network.unwrap_or(limits.max_connections));
        let connections = Connections {
            limits,
            permits: permits.clone(),
            http2: config.http.http2,
            client_header: config.http.client_header.clone(),
            metrics: gate.metrics.clone(),
            accounts: Arc::clone(&gate.accounts),
            stopping: stopping.clone(),
        };
        let endpoint = Data::new(Endpoint {
            gate,
            readiness: Readiness::of(store.clone()),
            health_checks: Limiter::new(0, 0),
            hosts: Hosts::of_service(&config.http.hosts, address.ip(), config.http.client_header.is_some()),
            config: config.http,
            sockets,
            connections: permits,
            refused_origins: RefusedOrigins::default(),
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
            .shutdown_signal(wait_for_stop(signalled()?, stopping.clone()));
        let server = connections.serve(builder, listener, app)?;
        Ok(Self { server, metrics, address, stopping })
    }

    /// Returns the address that the service is bound to. If port 0 was requested, it has the port that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a token that stops the service when it is cancelled, as a signal does.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Serves until SIGTERM, SIGHUP, Ctrl-C or the token of [`Self::stopping`]. Running requests may finish first.
    ///
    /// # Errors
    /// Returns an error if a server fails.
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
    let app = move || App::new().app_data(endpoint.clone()).app_data(hosts.clone()).configure(http::configure_metrics);
    // Actix limits the connections of each worker, and there is one.
    let server = HttpServer::new(app).workers(1).max_connections(MAX_METRICS_CONNECTIONS);
    Ok(server.shutdown_signal(stopped).shutdown_timeout(1).listen(listener)?.run())
}

/// Waits for a signal that stops the service, or for the token. Then it cancels the token, so that tasks end before the
/// server closes connections.
async fn wait_for_stop(signalled: impl Future, stopping: CancellationToken) {
    tokio::select! {
        _ = signalled => {}
        () = stopping.cancelled() => {}
    }
    stopping.cancel();
}

/// Returns a future that waits for Ctrl-C, for SIGTERM, or for SIGHUP, which a process receives when its terminal is closed.
/// It returns the number of the signal. The handlers are installed when this function is called, not when the future is
/// first polled.
///
/// # Errors
/// Returns an error if a handler cannot be installed.
#[cfg(unix)]
pub(crate) fn signalled() -> io::Result<impl Future<Output = i32>> {
    use signal::unix::SignalKind;
    let mut interrupted = signal::unix::signal(SignalKind::interrupt())?;
    let mut terminated = signal::unix::signal(SignalKind::terminate())?;
    let mut hung_up = signal::unix::signal(SignalKind::hangup())?;
    Ok(async move {
        let signal = tokio::select! {
            _ = interrupted.recv() => SignalKind::interrupt(),
            _ = terminated.recv() => SignalKind::terminate(),
            _ = hung_up.recv() => SignalKind::hangup(),
        };
        signal.as_raw_value()
    })
}

/// Returns a future that waits for Ctrl-C, and returns the number of its signal.
///
/// # Errors
/// Returns no errors.
#[cfg(not(unix))]
pub(crate) fn signalled() -> io::Result<impl Future<Output = i32>> {
    const INTERRUPT: i32 = 2;
    Ok(async {
        _ = signal::ctrl_c().await;
        INTERRUPT
    })
}
