//! The one place where the parts are put together.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::{App, HttpServer, dev::Server, web::Data};

use crate::{http, schema, store::Store};

/// How long running requests may take to finish when the service stops, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 10;

/// The service, bound to its address.
pub struct Application {
    server: Server,
    address: SocketAddr,
}

impl Application {
    /// Prepares to serve from a store on an address that is bound already.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn build(store: &Store, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let schema = Data::new(schema::Service::new(store, schema::Limits::default(), schema::TrustedDocuments::default()));
        let app = move || App::new().app_data(schema.clone()).configure(http::configure);
        let server = HttpServer::new(app).shutdown_timeout(SHUTDOWN_TIMEOUT).listen(listener)?.run();
        Ok(Self { server, address })
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
        self.server.await
    }
}
