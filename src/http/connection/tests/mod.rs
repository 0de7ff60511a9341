//! Tests of connections to a small application, with raw bytes and short limits.

mod activity;
mod admission;
mod frames;
mod framing;
mod http1;
mod http2;
mod http2_memory;
mod pipelining;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_server::Server;
use actix_web::{App, HttpResponse, http::header::HeaderName, web, web::Bytes};
use futures_util::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{ConnectionLimits, Connections};
use crate::{
    access::{Accounts, Limiter, MAX_RESERVED_BYTES},
    http::{
        Metrics,
        gate::Permits,
        response::slices::{SLICE, Slices},
    },
};

/// A request without a body, to the page that says hello.
const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// Length of a response that does not fit into the buffers between the server and a client with a small receive buffer, in
/// bytes.
const LONG: usize = 4 * 1024 * 1024;
/// Time within which every expected event must happen, also on an overloaded machine.
const SOON: Duration = Duration::from_secs(10);
/// A short limit.
const SHORT: Duration = Duration::from_millis(300);
/// A limit that is not reached.
const NEVER: Duration = Duration::from_hours(1);

/// Returns limits that are not reached.
fn long_limits() -> ConnectionLimits {
    ConnectionLimits {
        max_connections: 100,
        max_per_network: None,
        max_new_per_network: None,
        head_timeout: NEVER,
        idle_timeout: NEVER,
        stall_timeout: NEVER,
        ping_timeout: NEVER,
        close_timeout: SHORT,
        ..ConnectionLimits::default()
    }
}

/// A running service.
struct Service {
    address: SocketAddr,
    metrics: Metrics,
    permits: Permits<IpAddr>,
    accounts: Arc<Accounts>,
    stopping: CancellationToken,
    /// The bytes that connections have read from the bodies of `/counted`.
    taken: Arc<AtomicUsize>,
    /// The number of requests to `/number` and `/moved`.
    served: Arc<AtomicUsize>,
}

impl Service {
    fn start(limits: ConnectionLimits) -> Self {
        Self::start_behind(limits, Some(HeaderName::from_static("x-forwarded-for")))
    }

    /// Starts the service behind a proxy that reports its clients in this header; `None` if there is no proxy.
    fn start_behind(limits: ConnectionLimits, client_header: Option<HeaderName>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let metrics = Metrics::new().unwrap();
        let permits = Permits::new(limits.max_connections, limits.max_per_network.unwrap_or(limits.max_connections));
        let stopping = CancellationToken::new();
        let accounts = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES);
        let connections = Connections {
            limits,
            permits: permits.clone(),
            http2: true,
            client_header,
            metrics: metrics.clone(),
            accounts: Arc::clone(&accounts),
            stopping: stopping.clone(),
        };
        let served = Arc::new(AtomicUsize::new(0));
        let taken = Arc::new(AtomicUsize::new(0));
        let counters = (Arc::clone(&served), Arc::clone(&taken));
        let app = move || {
            let (served, taken) = counters.clone();
            let moved = Arc::clone(&served);
            App::new()
                .route("/number", web::get().to(move || std::future::ready(number(&served))))
                .route("/moved", web::get().to(move || std::future::ready(without_body(&moved))))
                .route("/", web::get().to(async || "hello"))
                .route("/", web::post().to(async |body: Bytes| format!("{} bytes", body.len())))
                .route("/zeros", web::post().to(zeros))
                .route("/pieces", web::post().to(pieces))
                .route("/unread", web::post().to(unread))
                .route("/refused", web::post().to(HttpResponse::Unauthorized))
                .route("/closed", web::post().to(async || HttpResponse::Unauthorized().force_close().finish()))
                .route("/long", web::get().to(async || HttpResponse::Ok().body(long())))
                .route("/counted", web::get().to(move || std::future::ready(counted(&taken))))
                .route("/endless", web::get().to(async || HttpResponse::Ok().streaming(endless())))
        };
        let builder = Server::build().workers(1).disable_signals();
        actix_web::rt::spawn(connections.serve(builder, listener, app).unwrap());
        Self { address, metrics, permits, accounts, stopping, taken, served }
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

    /// Waits until the metrics contain this line.
    async fn counts(&self, line: &str) {
        let text = || self.metrics.text().unwrap();
        assert!(becomes_true(|| text().lines().any(|one| one == line)).await, "no {line} in {}", text());
    }

    /// Waits until this number of connections is open.
    async fn has_open(&self, connections: usize) {
        assert!(becomes_true(|| self.permits.in_use() == connections).await, "{} are open", self.permits.in_use());
    }
}

/// Waits until a condition is true. Returns false if it is not true soon.
async fn becomes_true(mut condition: impl FnMut() -> bool) -> bool {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, waiting).await.is_ok()
}

/// Blocks the thread for 50 ms. Returns how many times it was called before.
fn number(served: &AtomicUsize) -> String {
    std::thread::sleep(Duration::from_millis(50));
    format!("number {}.", served.fetch_add(1, Ordering::Relaxed))
}

fn without_body(served: &AtomicUsize) -> HttpResponse {
    served.fetch_add(1, Ordering::Relaxed);
    HttpResponse::TemporaryRedirect().insert_header(("location", "x".repeat(1000))).finish()
}

/// Reports whether a body has only zeros.
async fn zeros(body: Bytes) -> String {
    format!("zeros: {}", body.iter().all(|byte| *byte == b'0'))
}

/// Returns the number of pieces in which a body is read.
async fn pieces(body: web::Payload) -> String {
    format!("{} pieces", body.count().await)
}

/// Never reads its body, and never responds.
async fn unread(_body: web::Payload) -> HttpResponse {
    std::future::pending().await
}

/// Returns a long body in slices, as the service sends long bodies.
fn long() -> Slices {
    Slices::new(vec![b'x'; LONG].into(), Vec::new())
}

/// Returns a long response, and counts the bytes that are read from its body.
fn counted(taken: &Arc<AtomicUsize>) -> HttpResponse {
    let taken = Arc::clone(taken);
    HttpResponse::Ok().streaming(stream::iter(long().map(move |slice| {
        taken.fetch_add(slice.len(), Ordering::Relaxed);
        Ok::<_, actix_web::Error>(slice)
    })))
}

/// Returns a body that has a beginning and never ends.
fn endless() -> impl futures_util::Stream<Item = Result<Bytes, actix_web::Error>> {
    stream::iter([Ok(Bytes::from_static(b"begun"))]).chain(stream::pending())
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// Reads until a text has arrived. Returns all that was read.
    async fn read_until(&mut self, text: &str) -> String {
        let mut received = Vec::new();
        let read = async {
            while !String::from_utf8_lossy(&received).contains(text) {
                received.push(self.0.read_u8().await.expect("more bytes"));
            }
        };
        let has_arrived = timeout(SOON, read).await.is_ok();
        let received = String::from_utf8_lossy(&received).into_owned();
        assert!(has_arrived, "{text} does not arrive after {received:?}");
        received
    }

    /// Reads until the connection ends.
    async fn read_all(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        let read = self.0.read_to_end(&mut received);
        let _ = timeout(SOON, read).await.expect("the connection ends");
        received
    }

    /// Reports whether the connection stays open and silent for this time.
    async fn stays_for(&mut self, time: Duration) -> bool {
        timeout(time, self.0.read(&mut [0])).await.is_err()
    }
}
