//! Turns: how the connections of a serving thread share it.

use std::{
    cell::{Cell, RefCell},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

/// Bytes that are read from a connection in one turn. A few bytes can cause much work: a chunk of one byte takes six
/// bytes, and one byte of HTTP/2 can stand for a header field of 4 KiB.
const MAX_READ: usize = 16 * 1024;

/// Bytes that are written to a connection in one turn. The kernel copies them, which takes about 20 µs.
const MAX_WRITTEN: usize = 64 * 1024;

/// The turn of a connection. A connection that has used its turn is not polled again until the thread has looked for
/// events of other connections. Without this, a connection that wakes itself could be polled up to 61 times before the
/// thread looks for such events.
#[derive(Default)]
pub struct Turn {
    read: Cell<usize>,
    written: Cell<usize>,
    /// Whether nothing is read, in this turn and in later ones.
    is_reading_paused: Cell<bool>,
    /// The next turn, if the current turn has ended.
    next: RefCell<Option<Arc<NextTurn>>>,
}

/// A turn that begins when its waker is called.
struct NextTurn {
    has_begun: AtomicBool,
    task: Waker,
}

impl Wake for NextTurn {
    fn wake(self: Arc<Self>) {
        self.has_begun.store(true, Ordering::Relaxed);
        self.task.wake_by_ref();
    }
}

impl Turn {
    /// Reports whether it is the turn of the connection, so that it may be polled.
    pub fn begin(&self) -> bool {
        let mut next = self.next.borrow_mut();
        if next.as_ref().is_some_and(|next| !next.has_begun.load(Ordering::Relaxed)) {
            return false;
        }
        *next = None;
        self.read.set(0);
        self.written.set(0);
        true
    }

    /// Records bytes that were read.
    pub fn read(&self, bytes: usize) {
        self.read.set(self.read.get() + bytes);
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

    /// Reports whether no more bytes are to be written in this turn.
    pub fn has_written_enough(&self) -> bool {
        self.written.get() >= MAX_WRITTEN
    }

    /// Ends the turn. The task is woken when the next turn begins.
    pub fn end(&self, context: &Context<'_>) {
        let next = Arc::new(NextTurn { has_begun: AtomicBool::new(false), task: context.waker().clone() });
        let waker = Waker::from(Arc::clone(&next));
        *self.next.borrow_mut() = Some(next);
        // `yield_now` calls the waker after the thread has looked for events.
        let _ = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, rc::Rc, task::Poll};

    use tokio::task::{LocalSet, spawn_local, yield_now};

    use super::*;

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
                let turn = Turn::default();
                drop(spawn_local(poll_fn(move |context| {
                    context.waker().wake_by_ref();
                    if turn.begin() {
                        polls.set(polls.get() + 1);
                        assert!(!turn.has_read_enough() && !turn.has_written_enough());
                        use_up(&turn);
                        assert!(turn.has_read_enough() || turn.has_written_enough());
                        turn.end(context);
                    }
                    Poll::<()>::Pending
                })));
            })
            .await;
            assert!((TURNS - 1..=TURNS + 1).contains(&polls), "{polls} polls in {TURNS} turns");
        }
    }
}
