//! The one place where the parts are put together.

use std::{
    future, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{App, HttpServer, dev::Server, web::Data};

use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::{
    http::{
        self, connection,
        socket::{SocketConfig, Sockets},
    },
    schema,
    store::Store,
};

/// How long running requests may take to finish when the service stops, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 10;

/// The service, bound to its address.
pub struct Application {
    server: Server,
    address: SocketAddr,
    shutdown: CancellationToken,
}

impl Application {
    /// Prepares to serve from a store on an address that is bound already.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn build(store: &Store, listener: TcpListener, sockets: SocketConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let schema = Data::new(schema::build(store.clone()));
        let shutdown = CancellationToken::new();
        let service = schema::Service::new(store, schema::Limits::default());
        let sockets = Data::new(Sockets::new(Arc::new(service), sockets, shutdown.clone()));
        let app = move || App::new().app_data(schema.clone()).app_data(sockets.clone()).configure(http::configure);
        let server = HttpServer::new(app)
            .shutdown_timeout(SHUTDOWN_TIMEOUT)
            // The signals are heard below, for sockets are to say goodbye.
            .disable_signals()
            // Who closes the connection does not wait for the answer.
            .h1_allow_half_closed(false)
            .on_connect(|io, _| connection::limit(io, connection::UNTAKEN_TIMEOUT));
        let server = server.listen(listener)?.run();
        Ok(Self { server, address, shutdown })
    }

    /// Stops the service when it is cancelled.
    #[must_use]
    pub fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// The address that it is bound to; with port 0 asked for, the port that the system chose.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is told to stop (SIGTERM or Ctrl-C), and finishes what is under way.
    ///
    /// # Errors
    /// When serving fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        let Self { mut server, shutdown, .. } = self;
        tokio::select! {
            served = &mut server => return served,
            () = told_to_stop() => shutdown.cancel(),
            () = shutdown.cancelled() => {}
        }
        let handle = server.handle();
        let (served, ()) = tokio::join!(server, handle.stop(true));
        served
    }
}

/// Waits for SIGTERM or Ctrl-C; for ever where the system gives no signals.
async fn told_to_stop() {
    let interrupted = async {
        if signal::ctrl_c().await.is_err() {
            future::pending::<()>().await;
        }
    };
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminated) => _ = terminated.recv().await,
            Err(_) => future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
