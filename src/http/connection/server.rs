//! Accepts connections and serves each with the protocol that it uses.

use std::{
    fmt, io,
    net::{IpAddr, TcpListener},
    rc::Rc,
    sync::Arc,
};

use actix_http::Request;
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, fn_factory, fn_service, map_config};
use actix_web::{
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
    http::header::HeaderName,
    rt::net::TcpStream,
};
use socket2::SockRef;
use tokio_util::sync::CancellationToken;

use super::{
    ConnectionLimits,
    admission::Admission,
    http1, http2,
    protocol::{self, Protocol},
    stream::TimedStream,
    timing::{Activity, Watched},
};
use crate::{
    access::{Accounts, Client, Shares},
    http::{
        gate::Permits,
        observe::{self, Metrics},
    },
};

/// Maximum number of connections that wait in the kernel until the service accepts them. The kernel ignores further ones,
/// and their clients try again after a second. The default of the standard library is 128, which a burst exceeds.
const BACKLOG: i32 = 1024;

/// How connections are served.
#[derive(Clone)]
pub struct Connections {
    /// Their limits.
    pub limits: ConnectionLimits,
    /// The permits of open connections.
    pub permits: Permits<IpAddr>,
    /// Whether clients may use HTTP/2.
    pub http2: bool,
    /// The header in which the proxy reports the address of its client; `None` if there is no proxy.
    pub client_header: Option<HeaderName>,
    /// The accounts that incomplete and unreadable heads, and the streams of HTTP/2, count against.
    pub accounts: Arc<Accounts>,
    /// Counts connections.
    pub metrics: Metrics,
    /// Cancelled when the service begins to stop. Connections then finish their requests and are closed.
    pub stopping: CancellationToken,
}

impl Connections {
    /// Serves the connections of a listener with an application. `builder` has further settings of the server.
    ///
    /// # Errors
    /// Returns an error if the listener cannot be used.
    pub fn serve<A, I, S, B>(self, builder: ServerBuilder, listener: TcpListener, app: A) -> io::Result<Server>
    where
        A: Fn() -> I + Send + Clone + 'static,
        I: IntoServiceFactory<S, Request>,
        S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
        S::InitError: fmt::Debug,
        <S::Service as Service<Request>>::Future: 'static,
        B: MessageBody + 'static,
    {
        extend_backlog(&listener)?;
        let admission = Admission::new(self.permits.clone(), &self.limits, self.metrics.clone());
        // Actix has a limit for each serving thread. It is one more than the maximum of all threads together, so that
        // the connections above this maximum reach `Admission`, which refuses them. Otherwise they would wait, and a
        // network that has used its share could delay others.
        let builder = builder.max_concurrent_connections(self.limits.max_connections.saturating_add(1));
        let factory = move || {
            let (shared, admission) = (Rc::new(self.clone()), admission.clone());
            let app = Rc::new(map_config(app().into_factory(), |()| AppConfig::default()));
            fn_factory(move || {
                let (shared, admission, app) = (Rc::clone(&shared), admission.clone(), Rc::clone(&app));
                async move {
                    let app = app.new_service(()).await.map_err(|failure| {
                        tracing::error!(error = ?failure, "the application cannot be started");
                    })?;
                    let app = Rc::new(app);
                    let http1 = Rc::new(http1::service(&shared, Rc::clone(&app)).await?);
                    let (limits, network_shares) = (Rc::new(shared.limits.clone()), Arc::<Shares>::default());
                    Ok::<_, ()>(fn_service(move |stream: TcpStream| {
                        let (limits, network_shares) = (Rc::clone(&limits), Arc::clone(&network_shares));
                        let connection = Connection { shared: Rc::clone(&shared), limits, network_shares };
                        connection.serve(stream, admission.clone(), Rc::clone(&http1), Rc::clone(&app))
                    }))
                }
            })
        };
        Ok(builder.listen("http", listener, factory)?.run())
    }
}

/// Sets the maximum number of connections that wait to be accepted.
fn extend_backlog(listener: &TcpListener) -> io::Result<()> {
    // Linux, macOS and Windows accept the call again for a socket that listens already.
    SockRef::from(listener).listen(BACKLOG)
}

struct Connection {
    shared: Rc<Connections>,
    limits: Rc<ConnectionLimits>,
    /// The share of each network in the time of this serving thread.
    network_shares: Arc<Shares>,
}

impl Connection {
    async fn serve<H, S, B>(self, stream: TcpStream, admission: Admission, http1: Rc<H>, app: Rc<S>) -> Result<(), ()>
    where
        H: Service<(TimedStream, Option<std::net::SocketAddr>), Response = (), Error = actix_http::error::DispatchError>,
        S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
        B: MessageBody + 'static,
    {
        // A client that has already disconnected has no address.
        let address = stream.peer_addr().map_err(drop)?;
        let Some(_permit) = admission.admit(address.ip()) else { return Err(()) };
        let Self { shared, limits, network_shares } = self;
        tokio::select! {
            () = admission.wait(address.ip()) => {}
            () = shared.stopping.cancelled() => {}
        }
        let account = shared.accounts.of(Client::at(address.ip()));
        let activity = Rc::new(Activity::new(Rc::clone(&limits), account.clone()));
        let mut stream = TimedStream::new(stream, Rc::clone(&activity), &limits);
        let http2 = shared.http2;
        let connection = async {
            let protocol = if http2 { protocol::detect(&mut stream, &shared.stopping).await } else { Some(Protocol::Http1) };
            match protocol {
                Some(Protocol::Http1) => http1.call((stream, Some(address))).await,
                Some(Protocol::Http2) => {
                    http2::serve(stream, &app, address, &activity, &limits, &shared).await;
                    Ok(())
                }
                None => Ok(()),
            }
        };
        let unreadable = match Watched::new(connection, Rc::clone(&activity), network_shares.member(address.ip())).await {
            Ok(Ok(())) => None,
            Ok(Err(failure)) => http1::unreadable_head_status(&failure),
            Err(end) => {
                shared.metrics.connection_ended(end);
                activity.status_of_incomplete_head()
            }
        };
        if let Some(status) = unreadable {
            observe::unreadable_head(&shared.metrics, status, &activity.id_of_unreadable_head());
            // Releases the memory of an incomplete head.
            drop(activity);
            account.settle(1);
            // The client has its response, but the permit of the connection is retained until the delay is over.
            tokio::select! {
                () = account.wait_before_refusal() => {}
                () = shared.stopping.cancelled() => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpStream, time::Duration};

    use super::*;

    #[test]
    fn a_burst_of_connections_waits_to_be_accepted() {
        /// More than the default of the standard library, and less than the default limit of Linux (`somaxconn`).
        const BURST: usize = 600;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        extend_backlog(&listener).unwrap();
        let address = listener.local_addr().unwrap();
        let connected = (0..BURST).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(900)));
        let connected: Vec<_> = connected.collect::<Result<_, _>>().unwrap();
        assert_eq!(connected.len(), BURST);
    }
}
