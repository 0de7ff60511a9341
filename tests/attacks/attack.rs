//! The declaration of an attack: what it sends, on how many connections, how fast, and what it does with responses.

use std::{sync::Arc, time::Duration};

/// Returns the bytes of the piece with this number. A piece is what a connection sends at once. Numbers are unique within
/// an attack.
pub type Piece = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// How the attacker reads responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Reads everything at once.
    All,
    /// Waits for a whole HTTP/1.1 response before it sends the next piece.
    Responses,
    /// Reads one byte per second, with the smallest receive buffer that the kernel allows.
    Slowly,
    /// Reads nothing, with the smallest receive buffer that the kernel allows.
    Nothing,
}

/// When the attacker closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// At the end of the attack.
    Held,
    /// After the opening and, with [`Reads::Responses`], its response. The attacker opens another connection immediately.
    Short,
    /// Never: the server has to close it. The attacker opens no other connection.
    Once,
}

/// The behaviour of one kind of attacking connections.
#[derive(Clone)]
pub struct Conduct {
    /// The number of connections that are open at the same time.
    pub connections: usize,
    /// Whether each connection has an address of its own.
    pub spread: bool,
    /// What each connection sends first.
    pub opening: Piece,
    /// What it sends repeatedly afterwards; `None` to send nothing more.
    pub then: Option<Piece>,
    /// Pause before each further piece, and before a closed connection is opened again.
    pub pace: Duration,
    /// How it reads responses.
    pub reads: Reads,
    /// When the attacker closes it.
    pub life: Life,
}

/// An attack: its name, the settings of the attacked server, and the behaviour of its connections.
pub struct Attack {
    /// Name, unique in its table.
    pub name: &'static str,
    /// Flags of the server, in addition to those of every server of the lab.
    pub flags: Vec<&'static str>,
    /// Requests that are sent before the measurement, and whose responses are awaited.
    pub prepares: Vec<Vec<u8>>,
    /// The kinds of attacking connections, which run at the same time.
    pub conducts: Vec<Conduct>,
    /// For each kind of connections, a text that the response to its opening must contain. Each opening is sent once before
    /// the measurement. Empty if the responses are not checked.
    pub expects: Vec<&'static str>,
    /// The time after which the server itself must have ended every connection; `None` when it may leave them open.
    pub ends: Option<Duration>,
}

/// Returns a piece that has the same bytes every time.
pub fn same(bytes: impl Into<Vec<u8>>) -> Piece {
    let bytes = bytes.into();
    Arc::new(move |_| bytes.clone())
}

/// The placeholder for the number of a request.
pub const NUMBER: &str = "@@@@@@@@";

/// The largest number that fits in place of [`NUMBER`]. Requests before the measurement have it, because no attack sends so
/// many pieces.
pub const MAX_NUMBER: usize = 99_999_999;

/// Returns the same bytes each time, with the number in place of [`NUMBER`]. Long requests are created only once, because
/// creating them uses processor time that the server needs.
pub fn numbered(bytes: impl Into<Vec<u8>>) -> Piece {
    let bytes = bytes.into();
    let positions = bytes.windows(NUMBER.len()).enumerate().filter(|(_, window)| *window == NUMBER.as_bytes());
    let positions: Vec<usize> = positions.map(|(position, _)| position).collect();
    Arc::new(move |number| {
        let (mut bytes, number) = (bytes.clone(), format!("{number:0>8}"));
        for position in &positions {
            bytes[*position..position + number.len()].copy_from_slice(number.as_bytes());
        }
        bytes
    })
}

/// Returns a piece whose bytes are created from its number.
pub fn made(make: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Piece {
    Arc::new(make)
}

impl Conduct {
    /// Connections that send an opening, then nothing, and read responses.
    pub fn hold(connections: usize, opening: Piece) -> Self {
        let pace = Duration::from_millis(20);
        Self { connections, spread: false, opening, then: None, pace, reads: Reads::All, life: Life::Held }
    }

    /// Connections that send requests in sequence, each after the response to the one before.
    pub fn requests(connections: usize, request: Piece) -> Self {
        let then = Some(Arc::clone(&request));
        Self { then, reads: Reads::Responses, pace: Duration::ZERO, ..Self::hold(connections, request) }
    }

    /// Connections that send an opening and are closed, repeatedly.
    pub fn churn(connections: usize, opening: Piece) -> Self {
        Self { life: Life::Short, pace: Duration::from_millis(2), ..Self::hold(connections, opening) }
    }

    /// Sends pieces repeatedly after the opening, with a pause before each.
    pub fn then(self, piece: Piece, pace: Duration) -> Self {
        Self { then: Some(piece), pace, ..self }
    }

    /// Sets how it reads responses.
    pub fn reads(self, reads: Reads) -> Self {
        Self { reads, ..self }
    }

    /// Gives each connection an address of its own.
    pub fn spread(self) -> Self {
        Self { spread: true, ..self }
    }
}

impl Attack {
    /// An attack by connections of one kind.
    pub fn new(name: &'static str, conduct: Conduct) -> Self {
        let (flags, prepares, expects) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, flags, prepares, conducts: vec![conduct], expects, ends: None }
    }

    /// Sets the flags of the server.
    pub fn on(self, flags: &[&'static str]) -> Self {
        Self { flags: flags.to_vec(), ..self }
    }

    /// Sets the requests that are sent before the measurement.
    pub fn prepared(self, requests: Vec<Vec<u8>>) -> Self {
        Self { prepares: requests, ..self }
    }

    /// Adds connections of another kind.
    pub fn and(mut self, conduct: Conduct) -> Self {
        self.conducts.push(conduct);
        self
    }

    /// Sets the texts that the responses before the measurement contain, one for each kind of connections.
    pub fn expects(self, texts: &[&'static str]) -> Self {
        Self { expects: texts.to_vec(), ..self }
    }

    /// Sets the number of seconds within which the server must close all of its connections.
    pub fn ends(self, seconds: u64) -> Self {
        Self { ends: Some(Duration::from_secs(seconds)), ..self }
    }
}
