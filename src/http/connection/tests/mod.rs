//! Connections to a small application, by raw bytes and with short limits.

mod admission;
mod frames;
mod http1;
mod http2;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use actix_server::Server;
use actix_web::{App, HttpResponse, web, web::Bytes};
use futures_util::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{ConnectionLimits, Connections};
use crate::http::{metrics::Metrics, permits::Permits, slices::Slices};

/// More than the buffers between a server and a client with a small one hold.
const LONG: usize = 4 * 1024 * 1024;
/// What anything may take that is to happen at once, on a busy machine.
const SOON: Duration = Duration::from_secs(10);
/// A short limit.
const SHORT: Duration = Duration::from_millis(300);
/// A limit that is not reached.
const NEVER: Duration = Duration::from_hours(1);

/// Limits of which none is reached.
fn patient() -> ConnectionLimits {
    ConnectionLimits {
        max_connections: 100,
        max_per_network: None,
        head_timeout: NEVER,
        idle_timeout: NEVER,
        stall_timeout: NEVER,
        ping_timeout: NEVER,
        close_timeout: SHORT,
        ..ConnectionLimits::default()
    }
}

/// A service with some limits.
struct Service {
    address: SocketAddr,
    metrics: Metrics,
    permits: Permits<IpAddr>,
    stopping: CancellationToken,
}

impl Service {
    fn start(limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Metrics::new().unwrap();
        let permits = Permits::new(limits.max_connections, limits.max_per_network.unwrap_or(limits.max_connections));
        let stopping = CancellationToken::new();
        let connections = Connections {
            limits,
            permits: permits.clone(),
            http2: true,
            metrics: metrics.clone(),
            stopping: stopping.clone(),
        };
        let app = || {
            App::new()
                .route("/", web::get().to(async || "hello"))
                .route("/", web::post().to(async |body: Bytes| format!("{} bytes", body.len())))
                .route("/refused", web::post().to(HttpResponse::Unauthorized))
                .route("/long", web::get().to(async || HttpResponse::Ok().body(long())))
                .route("/quiet", web::get().to(async || HttpResponse::Ok().streaming(quiet())))
        };
        let builder = Server::build().workers(1).disable_signals();
        actix_web::rt::spawn(connections.serve(builder, listener, app).unwrap());
        Self { address, metrics, permits, stopping }
    }

    async fn connect(&self) -> Client {
        self.connect_from(Ipv4Addr::LOCALHOST).await
    }

    async fn connect_from(&self, from: Ipv4Addr) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket.bind((IpAddr::V4(from), 0).into()).unwrap();
        Client(socket.connect(self.address).await.unwrap())
    }

    /// Waits until a line of the metrics is this.
    async fn counts(&self, line: &str) {
        let counted = async {
            while !self.metrics.text().unwrap().lines().any(|one| one == line) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let text = || self.metrics.text().unwrap();
        timeout(SOON, counted).await.unwrap_or_else(|_| panic!("no {line} in {}", text()));
    }

    /// Waits until so many connections are open.
    async fn has_open(&self, connections: usize) {
        let closed = async {
            while self.permits.in_use() != connections {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, closed).await.unwrap_or_else(|_| panic!("{} are open", self.permits.in_use()));
    }
}

/// A long response, handed over as all long ones are.
fn long() -> Slices {
    Slices::new(vec![b'x'; LONG].into(), Vec::new())
}

/// A beginning, and nothing after it.
fn quiet() -> impl futures_util::Stream<Item = Result<Bytes, actix_web::Error>> {
    stream::iter([Ok(Bytes::from_static(b"begun"))]).chain(stream::pending())
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Everything until some text has come.
    async fn read_until(&mut self, text: &str) -> String {
        let mut came = Vec::new();
        let read = async {
            while !String::from_utf8_lossy(&came).contains(text) {
                came.push(self.0.read_u8().await.expect("more bytes"));
            }
        };
        let is_there = timeout(SOON, read).await.is_ok();
        let came = String::from_utf8_lossy(&came).into_owned();
        assert!(is_there, "{text} does not come after {came:?}");
        came
    }

    /// Everything until the connection ends.
    async fn read_all(&mut self) -> Vec<u8> {
        let mut came = Vec::new();
        let read = self.0.read_to_end(&mut came);
        let _ = timeout(SOON, read).await.expect("the connection ends");
        came
    }

    /// Whether the connection is still open after so long.
    async fn stays_for(&mut self, time: Duration) -> bool {
        timeout(time, self.0.read(&mut [0])).await.is_err()
    }
}
