//! Turns: admission control for work that takes long. Only few pieces of it run at once, on threads of their own, so that small
//! requests do not wait behind it; and clients share the turns, so that none can keep the others from theirs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::access::Client;

/// Most pieces of work that wait for a turn. When one more comes, the client that has the most of them gives up its last.
const WAITING: usize = 1024;

/// The turns of a process.
#[derive(Clone)]
pub struct Turns(Arc<Inner>);

struct Inner {
    /// How many run at once. As many again are for clients that have none.
    places: usize,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many turns there are now.
    running: usize,
    /// How many of them each client has; only clients that have some.
    clients: HashMap<Client, usize>,
    /// In the order in which they came.
    waiting: Vec<Waiting>,
}

struct Waiting {
    client: Client,
    granted: oneshot::Sender<Turn>,
}

/// A turn. Dropping it gives it to the next.
pub struct Turn {
    turns: Turns,
    client: Client,
}

/// No turn comes soon: too much is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTurn;

impl Turns {
    /// So many turns at once; a piece of work waits for its turn no longer than `patience`.
    #[must_use]
    pub fn new(places: usize, patience: Duration) -> Self {
        Self(Arc::new(Inner { places, patience, state: Mutex::default() }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When none comes in time, or too much waits and the client has the most of it.
    pub async fn take(&self, client: &Client) -> Result<Turn, NoTurn> {
        let granted = {
            let mut state = self.state();
            if state.may_run(client, self.0.places) {
                return Ok(state.grant(self, client.clone()));
            }
            let (sender, granted) = oneshot::channel();
            state.wait(Waiting { client: client.clone(), granted: sender });
            granted
        };
        // A turn that is granted while nobody listens any more is dropped with the channel, and so goes to the next.
        tokio::time::timeout(self.0.patience, granted).await.map_err(|_| NoTurn)?.map_err(|_| NoTurn)
    }

    /// How many turns there are now, and how many pieces of work wait for one.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let state = self.state();
        (state.running, state.waiting.len())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants what has become free: of the clients that wait, to those that have the fewest turns.
    fn grant_next(&self) {
        while let Some((turn, granted)) = self.next() {
            // A turn that nobody waits for any more is dropped here, and goes to the next.
            drop(granted.send(turn));
        }
    }

    fn next(&self) -> Option<(Turn, oneshot::Sender<Turn>)> {
        let mut state = self.state();
        state.waiting.retain(|waiting| !waiting.granted.is_closed());
        let next = state.next(self.0.places)?;
        let Waiting { client, granted } = state.waiting.remove(next);
        Some((state.grant(self, client), granted))
    }
}

impl State {
    /// Whether a client may have one more turn: any client while there are free ones, and one that has none a little longer.
    fn may_run(&self, client: &Client, places: usize) -> bool {
        self.running < if self.clients.contains_key(client) { places } else { 2 * places }
    }

    /// Adds what waits. So that none can keep the others out, what is too much is taken from the client that has the most.
    fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
        if self.waiting.len() <= WAITING {
            return;
        }
        self.waiting.retain(|waiting| !waiting.granted.is_closed());
        if self.waiting.len() > WAITING {
            let mut clients: HashMap<&Client, (usize, usize)> = HashMap::new();
            for (at, waiting) in self.waiting.iter().enumerate() {
                let (count, last) = clients.entry(&waiting.client).or_default();
                (*count, *last) = (*count + 1, at);
            }
            if let Some(last) = clients.into_values().max().map(|(_, last)| last) {
                self.waiting.remove(last);
            }
        }
    }

    fn next(&self, places: usize) -> Option<usize> {
        let has = |client| self.clients.get(client).copied().unwrap_or_default();
        let may = self.waiting.iter().enumerate().filter(|(_, waiting)| self.may_run(&waiting.client, places));
        may.min_by_key(|(at, waiting)| (has(&waiting.client), *at)).map(|(at, _)| at)
    }

    fn grant(&mut self, turns: &Turns, client: Client) -> Turn {
        self.running += 1;
        *self.clients.entry(client.clone()).or_default() += 1;
        Turn { turns: turns.clone(), client }
    }

    fn release(&mut self, client: &Client) {
        self.running -= 1;
        match self.clients.get_mut(client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = self.clients.remove(client),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().release(&self.client);
        self.turns.grant_next();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(2);

    fn client(number: u8) -> Client {
        Client::Address([192, 0, 2, number].into())
    }

    async fn take(turns: &Turns, number: u8) -> Result<Turn, NoTurn> {
        turns.take(&client(number)).await
    }

    #[tokio::test(start_paused = true)]
    async fn one_client_cannot_keep_the_others_from_their_turns() {
        let turns = Turns::new(2, PATIENCE);
        let greedy: Vec<_> = [turns.take(&client(1)).await, turns.take(&client(1)).await].into();
        assert!(greedy.iter().all(Result::is_ok));
        assert!(turns.take(&client(1)).now_or_never().is_none(), "it has to wait for one of its own");
        let other = turns.take(&client(2)).now_or_never().expect("another client does not wait").expect("a turn");
        assert_eq!(turns.count().0, 3);
        drop((greedy, other));
        assert_eq!(turns.count(), (0, 0));
        assert!(turns.0.state.lock().unwrap().clients.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn of_those_that_wait_the_client_with_the_fewest_turns_is_next() {
        let turns = Turns::new(1, PATIENCE);
        let (first, second) = (turns.take(&client(1)).await, turns.take(&client(2)).await);
        let mut again = Box::pin(take(&turns, 1));
        let mut third = Box::pin(take(&turns, 3));
        assert!(again.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        drop(second);
        assert!(third.as_mut().now_or_never().is_some_and(|turn| turn.is_ok()));
        assert!(again.as_mut().now_or_never().is_none());
        drop(first);
        assert!(again.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_long() {
        let turns = Turns::new(1, PATIENCE);
        let _kept = turns.take(&client(1)).await;
        let started = tokio::time::Instant::now();
        let waited = join_all((0..40).map(|_| take(&turns, 1))).await;
        assert!(waited.iter().all(Result::is_err));
        assert_eq!(started.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn when_too_much_waits_the_client_with_the_most_gives_up_its_last() {
        let turns = Turns::new(1, PATIENCE);
        let kept = [turns.take(&client(1)).await, turns.take(&client(2)).await];
        let mut greedy: Vec<_> = (0..WAITING).map(|_| Box::pin(take(&turns, 1))).collect();
        assert!(greedy.iter_mut().all(|turn| turn.as_mut().now_or_never().is_none()));
        let mut other = Box::pin(take(&turns, 2));
        assert!(other.as_mut().now_or_never().is_none(), "there is room for another client");
        assert_eq!(turns.count().1, WAITING);
        let last = greedy.pop().expect("one that waits").now_or_never();
        assert!(last.is_some_and(|turn| turn.is_err()), "its last is refused at once");
        assert!(turns.take(&client(1)).now_or_never().is_some_and(|turn| turn.is_err()), "so is one more");
        drop(kept);
        assert!(greedy.remove(0).now_or_never().is_some_and(|turn| turn.is_ok()));
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waits_for_any_more_goes_to_the_next() {
        let turns = Turns::new(1, PATIENCE);
        let kept = turns.take(&client(1)).await;
        let mut gone = Box::pin(take(&turns, 1));
        let mut next = Box::pin(take(&turns, 1));
        assert!(gone.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(gone);
        drop(kept);
        assert!(next.await.is_ok());
        assert_eq!(turns.count(), (0, 0));
    }
}
