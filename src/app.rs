//! The one place where the parts are put together.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web::Data};
use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Access, AccessConfig, Accounts},
    http::{
        self, Endpoint, HttpConfig, connection,
        gate::Gate,
        metrics::Metrics,
        socket::{SocketConfig, Sockets},
    },
    schema::{Limits, Service, TrustedDocuments},
    store::Store,
};

/// How long running requests may take to finish when the service stops, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 10;
/// How long a client may take to send the head of a request: browsers send it at once. A stop waits as long for a connection
/// that never asked anything.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to hang up after its last response.
const HANG_UP_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection without requests is kept: most proxies give theirs up after a minute, and should do so first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// Most connections of one thread; further ones wait to be taken.
const MAX_CONNECTIONS: usize = 10_000;

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
        let http2 = config.http.http2;
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
        let endpoint =
            Data::new(Endpoint { gate, store: store.clone(), config: config.http, sockets, stopping: stopping.clone() });
        let metrics = config.metrics.map(|listener| serve_metrics(listener, endpoint.clone())).transpose()?;
        let app = move || {
            let settings = endpoint.config.clone();
            App::new()
                .app_data(endpoint.clone())
                .app_data(shared.clone())
                .configure(|config| http::configure(config, &settings))
                .wrap(from_fn(http::observe))
        };
        let server = HttpServer::new(app)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(HANG_UP_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            // Who closes the connection does not wait for the answer.
            .h1_allow_half_closed(false)
            .on_connect(|io, _| connection::limit(io, connection::UNTAKEN_TIMEOUT))
            .max_connections(MAX_CONNECTIONS)
            .shutdown_timeout(SHUTDOWN_TIMEOUT)
            .shutdown_signal(told_to_stop(terminated()?, stopping.clone()));
        let server = if http2 { server.listen_auto_h2c(listener)? } else { server.listen(listener)? };
        let server = server.run();
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

    /// Serves until the process is told to stop (SIGTERM or Ctrl-C), and finishes what is under way.
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
    let app = move || App::new().app_data(endpoint.clone()).configure(http::metrics::configure);
    Ok(HttpServer::new(app).workers(1).shutdown_signal(stopped).shutdown_timeout(1).listen(listener)?.run())
}

/// Waits for SIGTERM, Ctrl-C, or whoever cancels; and lets everyone know, before the first connection is closed.
async fn told_to_stop(terminated: impl Future<Output = ()>, stopping: CancellationToken) {
    tokio::select! {
        () = terminated => {}
        _ = signal::ctrl_c() => {}
        () = stopping.cancelled() => {}
    }
    stopping.cancel();
}

/// Waits for SIGTERM. It is listened for from now on, not from the first time that somebody waits.
#[cfg(unix)]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    let mut signals = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move { _ = signals.recv().await })
}

#[cfg(not(unix))]
fn terminated() -> io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}
