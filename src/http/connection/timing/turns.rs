//! Turns: how much a connection does before other connections are served.

use std::{cell::Cell, future::poll_fn, mem::replace, task::Poll};

/// Bytes that are read from a connection in one turn. A few bytes can cause much work: one byte of HTTP/2 can
/// stand for a header field of 4 KiB.
const MAX_READ: usize = 16 * 1024;

/// Each byte of the framing of chunks counts as this number of bytes in addition to itself. Actix interprets the framing
/// byte by byte, and a chunk of one byte has five bytes of framing.
const FRAMING_BYTE: usize = 8;

/// Bytes that are written to a connection in one turn. The kernel copies them, which takes about 20 µs.
const MAX_WRITTEN: usize = 64 * 1024;

/// The turn of a connection. When it has ended, [`Watched`](super::watched::Watched) does not poll the connection until the
/// next turn: the connection waits in the queue of its network. Without this, a connection that wakes itself could be polled
/// up to 61 times before the thread looks for events of other connections.
#[derive(Default)]
pub struct Turn {
    read: Cell<usize>,
    written: Cell<usize>,
    /// Whether nothing is read, in this turn and in later ones.
    is_reading_paused: Cell<bool>,
    has_ended: Cell<bool>,
    /// Whether the next turn precedes those of other connections of the network.
    is_continued: Cell<bool>,
}

impl Turn {
    /// Begins the next turn.
    pub fn begin(&self) {
        self.read.set(0);
        self.written.set(0);
        self.has_ended.set(false);
        self.is_continued.set(false);
    }

    /// Records bytes that were read.
    pub fn read(&self, bytes: usize) {
        self.read.set(self.read.get() + bytes);
    }

    /// Records bytes of the framing of chunks, in addition to [`Self::read`].
    pub fn read_framing(&self, bytes: u64) {
        self.read(usize::try_from(bytes).map_or(MAX_READ, |bytes| bytes.saturating_mul(FRAMING_BYTE)));
    }

    /// Returns the number of bytes that were read in this turn.
    pub fn bytes_read(&self) -> usize {
        self.read.get()
    }

    /// Reports whether no more bytes are to be read in this turn.
    pub fn has_read_enough(&self) -> bool {
        self.read.get() >= MAX_READ
    }

    /// Pauses reading, or resumes it.
    pub fn pause_reading(&self, is_paused: bool) {
        self.is_reading_paused.set(is_paused);
    }

    /// Reports whether reading is paused.
    pub fn is_reading_paused(&self) -> bool {
        self.is_reading_paused.get()
    }

    /// Records bytes that were written.
    pub fn written(&self, bytes: usize) {
        self.written.set(self.written.get() + bytes);
    }

    /// Records that no more bytes are to be written in this turn.
    pub fn stop_writing(&self) {
        self.written.set(MAX_WRITTEN);
    }

    /// Reports whether no more bytes are to be written in this turn.
    pub fn has_written_enough(&self) -> bool {
        self.written.get() >= MAX_WRITTEN
    }

    /// Ends the turn. The connection is woken when the next turn begins.
    pub fn end(&self) {
        self.has_ended.set(true);
    }

    /// Ends the turn. If the connection has bytes that are not processed, its next turn precedes those of the other
    /// connections of its network. So only one connection of a network at a time needs memory for such bytes.
    pub fn end_early(&self, has_unprocessed_bytes: bool) {
        self.is_continued.set(has_unprocessed_bytes);
        self.end();
    }

    /// Reports whether the next turn precedes those of other connections of the network.
    pub fn is_continued(&self) -> bool {
        self.is_continued.get()
    }

    /// Reports whether the turn has ended.
    pub fn has_ended(&self) -> bool {
        self.has_ended.get()
    }

    /// Ends the turn, and waits for the next one.
    pub async fn until_next(&self) {
        let mut is_first_poll = true;
        poll_fn(|_| {
            if replace(&mut is_first_poll, false) {
                self.end();
            }
            // Actix can poll the future of a request several times in a turn.
            if self.has_ended() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        pin::pin,
        rc::Rc,
        sync::Arc,
        task::{Context, Waker},
    };

    use tokio::task::{LocalSet, spawn_local, yield_now};

    use super::*;
    use crate::{
        access::{Accounts, Client, Limiter, MAX_RESERVED_BYTES, Shares},
        http::connection::{
            ConnectionLimits,
            timing::{Activity, Watched},
        },
    };

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// How often another task gets its turn during a test.
    const TURNS: usize = 10;

    /// Counts the polls of tasks while another task waits [`TURNS`] times for its turn.
    async fn polls_beside_another_task(spawn: impl FnOnce(Rc<Cell<usize>>)) -> usize {
        let polls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&polls);
        LocalSet::new()
            .run_until(async {
                spawn(counted);
                for _ in 0..TURNS {
                    yield_now().await;
                }
            })
            .await;
        polls.get()
    }

    #[tokio::test]
    async fn a_connection_that_wakes_itself_has_one_turn_like_every_other() {
        let read = |turn: &Turn| turn.read(MAX_READ);
        let written = |turn: &Turn| turn.written(MAX_WRITTEN);
        for use_up in [read as fn(&Turn), written] {
            let polls = polls_beside_another_task(|polls| {
                let account = Accounts::new(Limiter::new(0, 0), MAX_RESERVED_BYTES).of(Client::at(CLIENT));
                let activity = Rc::new(Activity::new(Rc::new(ConnectionLimits::default()), account));
                let own = Rc::clone(&activity);
                let connection = poll_fn(move |context| {
                    context.waker().wake_by_ref();
                    polls.set(polls.get() + 1);
                    assert!(!own.turn.has_read_enough() && !own.turn.has_written_enough());
                    use_up(&own.turn);
                    assert!(own.turn.has_read_enough() || own.turn.has_written_enough());
                    own.turn.end();
                    Poll::<()>::Pending
                });
                drop(spawn_local(Watched::new(connection, activity, Arc::<Shares>::default().member(CLIENT))));
            })
            .await;
            assert!((TURNS - 1..=TURNS + 1).contains(&polls), "{polls} polls in {TURNS} turns");
        }
    }

    #[test]
    fn a_request_that_waits_for_the_next_turn_does_not_run_in_this_one() {
        let turn = Turn::default();
        let mut next = pin!(turn.until_next());
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..2 {
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        turn.begin();
        assert!(next.as_mut().poll(&mut context).is_ready());
    }
}
