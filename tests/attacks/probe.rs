//! The client that must not notice an attack: a cheap query every few milliseconds, and sometimes a WebSocket, from an
//! address of its own.
//!
//! It sends the next query after the response to the one before, so it sends fewer queries while the server stalls. For
//! each response that took longer than the pause between queries, the latencies of the queries that would have been sent
//! meanwhile are added (`HdrHistogram` calls that the correction for coordinated omission).

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::{frames, requests};

/// Address of the client.
const FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// Pause between queries.
const PAUSE: Duration = Duration::from_millis(3);
/// The interval between queries if every response arrives immediately.
const EXPECTED: Duration = Duration::from_millis(5);
/// After this many queries, the client opens a new connection.
const RENEWED: usize = 10;
/// After this many queries, the client opens a socket.
const GREETED: usize = 50;
/// Timeout of a response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The measurements of the client.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// Latencies, sorted.
    pub times: Vec<Duration>,
    /// Queries and sockets that were refused or failed, with what was received instead.
    pub failed: Vec<String>,
}

impl Noticed {
    /// Returns a percentile of the latencies.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.times.len() * percent).div_ceil(100);
        self.times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Adds a latency, and the latencies of the queries that would have been sent meanwhile.
    fn add(&mut self, time: Duration) {
        let waits = std::iter::successors(Some(time), |wait| wait.checked_sub(EXPECTED));
        self.times.extend(waits.take_while(|wait| !wait.is_zero()));
    }
}

/// The client.
#[derive(Clone, Debug)]
pub struct Client {
    /// The address of the server.
    pub target: SocketAddr,
    /// Its API key; `None` if it has none.
    pub key: Option<&'static str>,
}

/// A client that runs until it is stopped.
pub struct Probe {
    stop: Arc<AtomicBool>,
    running: JoinHandle<Noticed>,
}

impl Probe {
    /// Starts sending queries.
    pub fn start(client: &Client) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, client) = (Arc::clone(&stop), client.clone());
        let running = thread::spawn(move || client.run(&stopped));
        Self { stop, running }
    }

    /// Stops, and returns the measurements.
    pub fn stop(self) -> Noticed {
        self.stop.store(true, Relaxed);
        self.running.join().unwrap()
    }
}

impl Client {
    /// Sends queries for this time.
    pub fn watch(&self, lasts: Duration) -> Noticed {
        let probe = Probe::start(self);
        thread::sleep(lasts);
        probe.stop()
    }

    /// Sends the query once, on a connection of its own.
    pub fn once(&self) -> io::Result<()> {
        connect(self.target).and_then(|stream| self.exchange(stream)).map(drop)
    }

    fn run(&self, stop: &AtomicBool) -> Noticed {
        let mut noticed = Noticed::default();
        let (mut connection, mut sent) = (None, 0_usize);
        while !stop.load(Relaxed) {
            if sent.is_multiple_of(GREETED) {
                let started = Instant::now();
                match self.greet() {
                    Ok(()) => noticed.add(started.elapsed()),
                    Err(failure) => noticed.failed.push(format!("a socket: {failure}")),
                }
            }
            if sent.is_multiple_of(RENEWED) {
                connection = None;
            }
            sent += 1;
            let started = Instant::now();
            match connection.take().map_or_else(|| connect(self.target), Ok).and_then(|stream| self.exchange(stream)) {
                Ok(stream) => {
                    noticed.add(started.elapsed());
                    connection = Some(stream);
                }
                Err(failure) => noticed.failed.push(failure.to_string()),
            }
            thread::sleep(PAUSE);
        }
        noticed.times.sort_unstable();
        noticed
    }

    fn exchange(&self, mut stream: TcpStream) -> io::Result<TcpStream> {
        let credential = self.key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
        let headers = format!("Content-Type: application/json\r\n{credential}");
        let body = json!({"query": requests::CHEAP}).to_string();
        stream.write_all(&requests::post_with(&headers, body.as_bytes()))?;
        let text = receive(&mut stream)?;
        if text.starts_with("HTTP/1.1 200 ") && text.contains("Melasma") { Ok(stream) } else { Err(unexpected(&text)) }
    }

    /// Opens a WebSocket, waits until it is admitted, and closes it.
    fn greet(&self) -> io::Result<()> {
        let mut stream = connect(self.target)?;
        let payload = self.key.map(|key| json!({"authorization": format!("Bearer {key}")}));
        let init = frames::message(&json!({"type": "connection_init", "payload": payload}));
        stream.write_all(&[frames::HANDSHAKE.as_bytes(), &init].concat())?;
        let (mut text, mut piece) = (String::new(), [0; 1024]);
        while !text.contains("connection_ack") {
            match stream.read(&mut piece)? {
                0 => return Err(unexpected(&text)),
                came => text.push_str(&String::from_utf8_lossy(&piece[..came])),
            }
        }
        stream.write_all(&frames::socket(0x88, b"\x03\xe8"))
    }
}

/// Describes in a line what was received instead of a response.
fn unexpected(text: &str) -> io::Error {
    io::Error::other(text.chars().take(80).collect::<String>().replace("\r\n", " "))
}

/// A connection from the client's address.
pub fn connect(target: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((FROM, 0)).into())?;
    socket.connect_timeout(&target.into(), TIMEOUT)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}

/// Reads a short response that has a `Content-Length`, or one that ends with its connection.
pub fn receive(stream: &mut TcpStream) -> io::Result<String> {
    let (mut text, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let came = stream.read(&mut piece)?;
        text.extend_from_slice(&piece[..came]);
        let read = String::from_utf8_lossy(&text);
        if let Some((head, body)) = read.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if length.is_some_and(|length: usize| body.len() >= length) {
                return Ok(read.into_owned());
            }
        }
        if came == 0 {
            return if text.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read.into_owned()) };
        }
    }
}
