//! Runs a declared attack: many connections on one thread. The thread has a lower priority than the server, because both
//! share one machine, and a real attacker has a machine of its own.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, Interest},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::{sleep, timeout},
};

use crate::{
    attack::{Conduct, Life, Piece, Reads},
    lab, response,
};

/// Maximum bytes that one attack sends, so that it does not overload the machine itself.
const MOST_SENT: u64 = 1 << 30;
/// Connections are opened one after another during the first part of the attack: its duration divided by this number. If all
/// were opened at once, they would fill the kernel's queue of the listening socket, which is not under test.
const OPENING_DIVISOR: u32 = 4;
/// Time within which all connections are opened, however long the attack lasts.
const OPENED_WITHIN: Duration = Duration::from_secs(1);
/// Minimum pause before a connection that the server closed or refused is opened again. The pause is also at least
/// [`BACKOFF_EACH`] for each connection of its kind, so that the attacker itself causes little work.
const BACKOFF: Duration = Duration::from_millis(50);
const BACKOFF_EACH: Duration = Duration::from_millis(1);
/// Pause between the pieces that a debug build gets, multiplied by [`lab::slowness`] - 1. A debug build needs so much time for
/// each byte that no limit could protect it. A release build receives the pieces without a pause.
const DEBUG_PAUSE: Duration = Duration::from_micros(500);
/// Receive buffer of a client that reads nothing, in bytes. The kernel raises it to its minimum.
const SMALL: u32 = 2048;

/// Counts of what all connections of an attack did.
#[derive(Default)]
pub struct Tally {
    /// Connections that were opened.
    pub opened: AtomicUsize,
    /// Connections that the server closed.
    pub closed: AtomicUsize,
    /// Attempts to connect that failed.
    pub refused: AtomicUsize,
    /// Bytes sent.
    pub sent: AtomicU64,
    /// Bytes received.
    pub received: AtomicU64,
    /// Responses by status. Of a connection that does not wait for responses, only the first response counts.
    pub statuses: Mutex<BTreeMap<u16, usize>>,
    numbers: AtomicUsize,
}

impl Tally {
    fn status(&self, status: u16) {
        *self.statuses.lock().unwrap().entry(status).or_default() += 1;
    }

    /// Returns the responses by status, such as `200: 5, 429: 3`.
    pub fn by_status(&self) -> String {
        let statuses = self.statuses.lock().unwrap();
        statuses.iter().map(|(status, times)| format!("{status}: {times}")).collect::<Vec<_>>().join(", ")
    }
}

/// Attacks from an address for this time. When every connection is closed, returns the processor time that the attacker
/// itself used.
pub fn attack(target: SocketAddr, from: Ipv4Addr, conducts: &[Conduct], lasts: Duration, tally: &Arc<Tally>) -> Duration {
    let (conducts, tally) = (conducts.to_vec(), Arc::clone(tally));
    let attacker = thread::spawn(move || {
        let _ = rustix::process::nice(5);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let until = Instant::now() + lasts;
        runtime.block_on(async {
            let all: usize = conducts.iter().map(|conduct| conduct.connections).sum();
            let between = (lasts / OPENING_DIVISOR).min(OPENED_WITHIN) / u32::try_from(all.max(1)).unwrap();
            let mut after = Duration::ZERO;
            for conduct in conducts {
                for _ in 0..conduct.connections {
                    let from = if conduct.spread { fresh() } else { from };
                    let attacker = again(target, from, conduct.clone(), until, Arc::clone(&tally));
                    tokio::spawn(async move {
                        sleep(after).await;
                        attacker.await;
                    });
                    after += between;
                }
            }
            sleep(until.saturating_duration_since(Instant::now())).await;
        });
        // Connections are closed by dropping their tasks.
        drop(runtime);
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
    });
    attacker.join().unwrap()
}

/// Returns a loopback address that was not used before, so that the budgets, shares and ports of earlier attacks have no
/// effect.
pub fn fresh() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(0x7f02_0001);
    Ipv4Addr::from(NEXT.fetch_add(1, Relaxed))
}

/// Connects repeatedly until the attack is over.
async fn again(target: SocketAddr, from: Ipv4Addr, conduct: Conduct, until: Instant, tally: Arc<Tally>) {
    let backoff = BACKOFF.max(BACKOFF_EACH * u32::try_from(conduct.connections).unwrap()).max(conduct.pace);
    while Instant::now() < until {
        let unhurt = if let Ok(stream) = connect(target, from, conduct.reads).await {
            tally.opened.fetch_add(1, Relaxed);
            let unhurt = behave(stream, &conduct, &tally).await.is_ok();
            tally.closed.fetch_add(usize::from(!unhurt), Relaxed);
            unhurt
        } else {
            tally.refused.fetch_add(1, Relaxed);
            false
        };
        if conduct.life == Life::Once {
            return;
        }
        sleep(if unhurt { conduct.pace } else { backoff }).await;
    }
}

async fn connect(target: SocketAddr, from: Ipv4Addr, reads: Reads) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if matches!(reads, Reads::Nothing | Reads::Slowly) {
        socket.set_recv_buffer_size(SMALL)?;
    }
    socket.bind(SocketAddr::V4(SocketAddrV4::new(from, 0)))?;
    let stream = timeout(Duration::from_secs(5), socket.connect(target)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Runs one connection. Returns an error if the server closes it before the attacker does.
async fn behave(stream: TcpStream, conduct: &Conduct, tally: &Arc<Tally>) -> io::Result<()> {
    let (mut reader, mut writer) = stream.into_split();
    send(&mut writer, &conduct.opening, tally).await?;
    if conduct.reads == Reads::Responses {
        response(&mut reader, tally).await?;
    }
    if conduct.life == Life::Short {
        return Ok(());
    }
    if conduct.reads == Reads::Responses {
        return take_turns(&mut reader, &mut writer, conduct, tally).await;
    }
    tokio::select! {
        ended = read(&mut reader, conduct, tally) => ended,
        ended = write(&mut writer, conduct, tally) => ended,
    }
}

/// Sends requests in sequence, each after the response to the one before.
async fn take_turns(
    reader: &mut OwnedReadHalf,
    writer: &mut OwnedWriteHalf,
    conduct: &Conduct,
    tally: &Tally,
) -> io::Result<()> {
    let Some(piece) = &conduct.then else { return std::future::pending().await };
    loop {
        sleep(conduct.pace).await;
        send(writer, piece, tally).await?;
        response(reader, tally).await?;
    }
}

async fn write(writer: &mut OwnedWriteHalf, conduct: &Conduct, tally: &Tally) -> io::Result<()> {
    let Some(piece) = &conduct.then else { return std::future::pending().await };
    loop {
        sleep(conduct.pace.max(DEBUG_PAUSE * (lab::slowness() - 1))).await;
        send(writer, piece, tally).await?;
        tokio::task::yield_now().await;
    }
}

async fn send(writer: &mut OwnedWriteHalf, piece: &Piece, tally: &Tally) -> io::Result<()> {
    let bytes = piece(tally.numbers.fetch_add(1, Relaxed));
    if tally.sent.fetch_add(bytes.len() as u64, Relaxed) > MOST_SENT {
        return std::future::pending().await;
    }
    writer.write_all(&bytes).await
}

async fn read(reader: &mut OwnedReadHalf, conduct: &Conduct, tally: &Tally) -> io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    let (mut first, length) = (true, if conduct.reads == Reads::Slowly { 1 } else { piece.len() });
    loop {
        match conduct.reads {
            Reads::Responses => return std::future::pending().await,
            Reads::Nothing | Reads::Slowly => {
                sleep(Duration::from_secs(1)).await;
                // Reading would report that the server has closed the connection only after all bytes before that.
                let is_closed = reader.ready(Interest::READABLE).await?.is_read_closed();
                if is_closed || conduct.life == Life::Once && !is_open_at_server(reader)? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                if conduct.reads == Reads::Nothing {
                    continue;
                }
            }
            Reads::All => {}
        }
        let came = reader.read(&mut piece[..length]).await?;
        if came == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        tally.received.fetch_add(came as u64, Relaxed);
        if std::mem::take(&mut first)
            && let Some(status) = response::status(&piece[..came])
        {
            tally.status(status);
        }
    }
}

/// Reports whether the server still has its side of a connection. A client that reads nothing does not notice the end of the
/// connection: the server cannot send it while the window of the client is closed.
fn is_open_at_server(reader: &OwnedReadHalf) -> io::Result<bool> {
    let hex = |address| match address {
        SocketAddr::V4(address) => format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()),
        SocketAddr::V6(_) => unreachable!("attacks use IPv4"),
    };
    let pair = format!("{} {} ", hex(reader.peer_addr()?), hex(reader.local_addr()?));
    Ok(fs::read_to_string("/proc/net/tcp")?.contains(&pair))
}

async fn response(reader: &mut OwnedReadHalf, tally: &Tally) -> io::Result<()> {
    let came = response::skip(reader).await?;
    tally.received.fetch_add(came.bytes, Relaxed);
    tally.status(came.status);
    Ok(())
}
