//! A pool of threads for long work, with admission control: few jobs run at once, so that small requests do not wait behind them, and
//! clients share the slots, so that no client can keep the others from theirs.
//!
//! A thread that has ended a job goes on with the next one in the queue. The thread that serves the client only learns the result.

use std::{
    any::Any,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::threads::Threads;
use crate::access::Client;

/// Most jobs that wait. When one more comes, the client that has the most of them loses its last.
const WAITING: usize = 1024;

/// A pool of threads.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    threads: Arc<Threads>,
    /// How many jobs run at once. As many again are for clients that have none.
    slots: usize,
    patience: Duration,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// How many jobs run now.
    running: usize,
    /// How many of them each client has; only clients that have some.
    clients: HashMap<Client, usize>,
    /// In the order in which they came.
    waiting: Vec<Job>,
}

/// A job of a client. Its work is taken out by the first of those that hold it: the thread that does it, or the client that does not wait
/// any longer.
#[derive(Clone)]
struct Job {
    client: Client,
    work: Arc<Mutex<Option<Work>>>,
}

type Work = Box<dyn FnOnce() + Send>;

/// Why a job has no result.
#[derive(Debug)]
pub enum Failure {
    /// It was not begun in time, or too much waits and its client has the most of it.
    Busy,
    /// It panicked.
    Panicked(Box<dyn Any + Send>),
}

impl Pool {
    /// So many jobs at once; a job waits no longer than `patience`.
    #[must_use]
    pub fn new(threads: &Arc<Threads>, slots: usize, patience: Duration) -> Self {
        Self(Arc::new(Inner { threads: Arc::clone(threads), slots, patience, queue: Mutex::default() }))
    }

    /// Does work on a thread of the pool. When the future is dropped before the work is begun, it is not done.
    ///
    /// # Errors
    /// When the work is not begun in time, is displaced by the work of other clients, or panics.
    pub async fn run<T: Send + 'static>(
        &self,
        client: &Client,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, mut result) = oneshot::channel();
        let job = Job::new(client, move || drop(sender.send(catch_unwind(AssertUnwindSafe(work)))));
        let given_up = GiveUp(job.clone());
        let result = if self.begins(&job) {
            let pool = self.clone();
            drop(self.0.threads.run(move || pool.work_through(job)));
            result.await
        } else {
            match tokio::time::timeout(self.0.patience, &mut result).await {
                Ok(result) => result,
                Err(_) if given_up.0.take().is_some() => return Err(Failure::Busy),
                // It was begun.
                Err(_) => result.await,
            }
        };
        // A job that is displaced is dropped with its sender.
        result.map_err(|_| Failure::Busy)?.map_err(Failure::Panicked)
    }

    /// How many jobs run now, and how many wait.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let queue = self.queue();
        (queue.running, queue.waiting.len())
    }

    /// Whether a job may begin at once; otherwise it waits.
    fn begins(&self, job: &Job) -> bool {
        let mut queue = self.queue();
        let begins = queue.may_run(&job.client, self.0.slots);
        if begins {
            queue.begin(&job.client);
        } else {
            queue.wait(job.clone());
        }
        begins
    }

    /// Does a job that has begun, and then those that may begin since it has ended: each ends one and so begins one at most.
    fn work_through(&self, mut job: Job) {
        loop {
            if let Some(work) = job.take() {
                work();
            }
            let mut queue = self.queue();
            queue.end(&job.client);
            let Some(next) = queue.next(self.0.slots) else { return };
            drop(queue);
            job = next;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Whether a client may have one more job run: any client while there are free slots, and a client that has none a little longer.
    fn may_run(&self, client: &Client, slots: usize) -> bool {
        self.running < if self.clients.contains_key(client) { slots } else { 2 * slots }
    }

    fn begin(&mut self, client: &Client) {
        self.running += 1;
        *self.clients.entry(client.clone()).or_default() += 1;
    }

    fn end(&mut self, client: &Client) {
        self.running -= 1;
        match self.clients.get_mut(client) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = self.clients.remove(client),
        }
    }

    /// Adds a job that waits. So that no client can keep the others out, what is too much is taken from the client that has the most.
    fn wait(&mut self, job: Job) {
        self.waiting.push(job);
        if self.waiting.len() <= WAITING {
            return;
        }
        self.waiting.retain(Job::is_wanted);
        if self.waiting.len() > WAITING {
            let mut clients: HashMap<&Client, (usize, usize)> = HashMap::new();
            for (at, job) in self.waiting.iter().enumerate() {
                let (count, last) = clients.entry(&job.client).or_default();
                (*count, *last) = (*count + 1, at);
            }
            if let Some(last) = clients.into_values().max().map(|(_, last)| last) {
                drop(self.waiting.remove(last).take());
            }
        }
    }

    /// Begins the next job: of the clients that wait, of the one that has the fewest running.
    fn next(&mut self, slots: usize) -> Option<Job> {
        self.waiting.retain(Job::is_wanted);
        let running = |client| self.clients.get(client).copied().unwrap_or_default();
        let may = self.waiting.iter().enumerate().filter(|(_, job)| self.may_run(&job.client, slots));
        let next = may.min_by_key(|(at, job)| (running(&job.client), *at)).map(|(at, _)| at)?;
        let job = self.waiting.remove(next);
        self.begin(&job.client);
        Some(job)
    }
}

impl Job {
    fn new(client: &Client, work: impl FnOnce() + Send + 'static) -> Self {
        Self { client: client.clone(), work: Arc::new(Mutex::new(Some(Box::new(work)))) }
    }

    /// Takes the work out; `None` when it was taken before.
    fn take(&self) -> Option<Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the client still waits.
    fn is_wanted(&self) -> bool {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Takes the work of a job out when the client leaves.
struct GiveUp(Job);

impl Drop for GiveUp {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::mpsc};

    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(2);

    fn client(number: u8) -> Client {
        Client::Address([192, 0, 2, number].into())
    }

    fn pool(slots: usize) -> Pool {
        Pool::new(&Arc::new(Threads::new(8)), slots, PATIENCE)
    }

    async fn run(pool: &Pool, number: u8) -> Result<u8, Failure> {
        pool.run(&client(number), move || number).await
    }

    /// A job that runs until it is told to end.
    struct Busy {
        end: mpsc::Sender<()>,
        ended: tokio::task::JoinHandle<Result<(), Failure>>,
    }

    async fn busy(pool: &Pool, number: u8) -> Busy {
        let (end, told) = mpsc::channel();
        let (sender, begun) = oneshot::channel();
        let pool = pool.clone();
        let work = move || {
            _ = sender.send(());
            _ = told.recv();
        };
        let ended = tokio::spawn(async move { pool.run(&client(number), work).await });
        begun.await.expect("it begins at once");
        Busy { end, ended }
    }

    impl Busy {
        async fn end(self) {
            drop(self.end);
            self.ended.await.expect("no panic").expect("it ran");
        }
    }

    async fn idle(pool: &Pool) {
        while pool.count() != (0, 0) {
            tokio::task::yield_now().await;
        }
        assert!(pool.queue().clients.is_empty());
    }

    #[tokio::test]
    async fn one_client_cannot_keep_the_others_from_their_slots() {
        let pool = pool(2);
        let greedy = [busy(&pool, 1).await, busy(&pool, 1).await];
        let mut more = pin!(run(&pool, 1));
        assert!(more.as_mut().now_or_never().is_none(), "it has to wait for one of its own");
        assert_eq!(run(&pool, 2).await.expect("another client does not wait"), 2);
        assert!(more.as_mut().now_or_never().is_none());
        for busy in greedy {
            busy.end().await;
        }
        assert_eq!(more.await.expect("it runs now"), 1);
        idle(&pool).await;
    }

    #[tokio::test]
    async fn of_those_that_wait_the_client_with_the_fewest_running_is_next() {
        let pool = pool(1);
        let (first, second) = (busy(&pool, 1).await, busy(&pool, 2).await);
        let mut again = pin!(run(&pool, 1));
        let mut third = pin!(run(&pool, 3));
        assert!(again.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        second.end().await;
        assert_eq!(third.await.expect("it is next"), 3);
        assert!(again.as_mut().now_or_never().is_none());
        first.end().await;
        assert_eq!(again.await.expect("then the other"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_long() {
        let pool = pool(1);
        let busy = busy(&pool, 1).await;
        let started = tokio::time::Instant::now();
        let waited = join_all((0..40).map(|_| run(&pool, 1))).await;
        assert!(waited.iter().all(|waited| matches!(waited, Err(Failure::Busy))));
        assert_eq!(started.elapsed(), PATIENCE);
        busy.end().await;
        idle(&pool).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_has_begun_may_take_longer_than_it_may_wait() {
        let pool = pool(1);
        let (first, (sender, begun)) = (busy(&pool, 1).await, oneshot::channel());
        let one = client(1);
        let long = pool.run(&one, move || {
            _ = sender.send(());
            std::thread::sleep(Duration::from_millis(20));
        });
        let mut long = pin!(long);
        assert!(long.as_mut().now_or_never().is_none());
        first.end().await;
        begun.await.expect("it begins");
        tokio::time::advance(2 * PATIENCE).await;
        assert!(long.await.is_ok());
    }

    #[tokio::test]
    async fn when_too_much_waits_the_client_with_the_most_loses_its_last() {
        let pool = pool(1);
        let (first, second) = (busy(&pool, 1).await, busy(&pool, 2).await);
        let mut greedy: Vec<_> = (0..WAITING).map(|_| Box::pin(run(&pool, 1))).collect();
        assert!(greedy.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
        let mut other = pin!(run(&pool, 2));
        assert!(other.as_mut().now_or_never().is_none(), "there is room for another client");
        assert_eq!(pool.count().1, WAITING);
        let last = greedy.pop().expect("one that waits").now_or_never();
        assert!(matches!(last, Some(Err(Failure::Busy))), "its last is refused at once");
        assert!(matches!(run(&pool, 1).now_or_never(), Some(Err(Failure::Busy))), "so is one more");
        first.end().await;
        second.end().await;
        assert_eq!(greedy.remove(0).await.expect("the first is done"), 1);
    }

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_any_more_is_not_begun() {
        let pool = pool(1);
        let busy = busy(&pool, 1).await;
        let (told, mut done) = oneshot::channel();
        let one = client(1);
        let mut gone = Box::pin(pool.run(&one, move || told.send(())));
        let mut next = pin!(run(&pool, 1));
        assert!(gone.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(gone);
        assert!(done.try_recv().is_err());
        busy.end().await;
        assert_eq!(next.await.expect("it is next"), 1);
        idle(&pool).await;
    }

    #[tokio::test]
    async fn a_job_that_panics_gives_its_slot_to_the_next() {
        let pool = pool(1);
        let busy = busy(&pool, 1).await;
        let one = client(1);
        let mut bad = pin!(pool.run(&one, || panic!("on purpose")));
        let mut next = pin!(run(&pool, 1));
        assert!(bad.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        busy.end().await;
        assert!(matches!(bad.await, Err::<(), _>(Failure::Panicked(_))));
        assert_eq!(next.await.expect("it is next"), 1);
        idle(&pool).await;
    }
}
