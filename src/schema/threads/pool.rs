//! A pool of threads for long work, with admission control. Few jobs run at once, so they do not delay small requests. The
//! clients share the permits, so no client can block the others.
//!
//! A thread that has finished a job continues with the next one in the queue. The serving thread only receives the result.

use std::{
    any::Any,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::shared::Threads;
use crate::access::Client;

/// Maximum number of jobs in the queue. When one more job arrives, the last job of the client with the most jobs in the
/// queue is refused.
const MAX_WAITING: usize = 1024;

/// A pool of threads.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    threads: Arc<Threads>,
    /// Number of permits: each running job has one. The same number of additional permits is reserved for clients
    /// without a running job.
    permits: usize,
    /// Maximum time of a job in the queue.
    timeout: Duration,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// Number of running jobs.
    running: usize,
    /// Number of running jobs of each client that has some.
    clients: HashMap<Client, usize>,
    /// Waiting jobs in the order of their arrival.
    waiting: Vec<Job>,
}

/// A job of a client. Its work is removed by the first of these: the thread that runs it, the request when it stops
/// waiting, or the queue when it displaces the job.
#[derive(Clone)]
struct Job {
    client: Client,
    work: Arc<Mutex<Option<Work>>>,
}

type Work = Box<dyn FnOnce() + Send>;

/// Why a job has no result.
#[derive(Debug)]
pub enum Failure {
    /// The timeout in the queue expired, or the queue was full and its client had the most jobs in it.
    Overloaded,
    /// It panicked.
    Panicked(Box<dyn Any + Send>),
}

impl Pool {
    /// Creates a pool with this number of permits. A job waits in the queue for `timeout` at most.
    #[must_use]
    pub fn new(threads: &Arc<Threads>, permits: usize, timeout: Duration) -> Self {
        Self(Arc::new(Inner { threads: Arc::clone(threads), permits, timeout, queue: Mutex::default() }))
    }

    /// Runs work on a thread of the pool. If the future is dropped before the work starts, the work does not run.
    ///
    /// # Errors
    /// If the work does not start within the timeout, is displaced from the queue, or panics.
    pub async fn run<T: Send + 'static>(
        &self,
        client: &Client,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (sender, mut result) = oneshot::channel();
        let job = Job::new(client, move || drop(sender.send(catch_unwind(AssertUnwindSafe(work)))));
        let cancel = CancelOnDrop(job.clone());
        let result = if self.start_or_enqueue(&job) {
            let pool = self.clone();
            drop(self.0.threads.run(move || pool.run_jobs(job)));
            result.await
        } else {
            match tokio::time::timeout(self.0.timeout, &mut result).await {
                Ok(result) => result,
                Err(_) if cancel.0.take().is_some() => return Err(Failure::Overloaded),
                // The job has started.
                Err(_) => result.await,
            }
        };
        // A displaced job is dropped together with its sender.
        result.map_err(|_| Failure::Overloaded)?.map_err(Failure::Panicked)
    }

    /// Returns the numbers of running and of waiting jobs.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        let queue = self.queue();
        (queue.running, queue.waiting.len())
    }

    /// Starts a job if there is a permit, else adds it to the queue. Reports whether it was started.
    fn start_or_enqueue(&self, job: &Job) -> bool {
        let mut queue = self.queue();
        let starts = queue.may_run(&job.client, self.0.permits);
        if starts {
            queue.start(&job.client);
        } else {
            queue.enqueue(job.clone());
        }
        starts
    }

    /// Runs a started job. When a job ends, its permit is free, and this thread runs the next job of the queue that may
    /// start. It stops when there is none.
    fn run_jobs(&self, mut job: Job) {
        loop {
            if let Some(work) = job.take() {
                work();
            }
            let mut queue = self.queue();
            queue.end(&job.client);
            let Some(next) = queue.next(self.0.permits) else { return };
            drop(queue);
            job = next;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Reports whether another job of a client may start. For a client without a running job, the limit of running jobs is
    /// twice as high.
    fn may_run(&self, client: &Client, permits: usize) -> bool {
        self.running < if self.clients.contains_key(client) { permits } else { 2 * permits }
    }

    fn start(&mut self, client: &Client) {
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

    /// Adds a job to the queue. If the queue is full, the last job of the client with the most jobs is removed, so no client
    /// can block others.
    fn enqueue(&mut self, job: Job) {
        self.waiting.push(job);
        if self.waiting.len() <= MAX_WAITING {
            return;
        }
        self.waiting.retain(Job::is_wanted);
        if self.waiting.len() > MAX_WAITING {
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

    /// Starts the next job: the first one of the client with the fewest running jobs.
    fn next(&mut self, permits: usize) -> Option<Job> {
        self.waiting.retain(Job::is_wanted);
        let running = |client| self.clients.get(client).copied().unwrap_or_default();
        let may = self.waiting.iter().enumerate().filter(|(_, job)| self.may_run(&job.client, permits));
        let next = may.min_by_key(|(at, job)| (running(&job.client), *at)).map(|(at, _)| at)?;
        let job = self.waiting.remove(next);
        self.start(&job.client);
        Some(job)
    }
}

impl Job {
    fn new(client: &Client, work: impl FnOnce() + Send + 'static) -> Self {
        Self { client: client.clone(), work: Arc::new(Mutex::new(Some(Box::new(work)))) }
    }

    /// Removes and returns the work; `None` if it was removed before.
    fn take(&self) -> Option<Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Reports whether the job still has its work, so that a request waits for it.
    fn is_wanted(&self) -> bool {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// Removes the work of a job when its client stops waiting.
struct CancelOnDrop(Job);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::mpsc};

    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    /// Longer than a panic takes to print its backtrace on an overloaded machine.
    const TIMEOUT: Duration = Duration::from_secs(10);

    fn client(number: u8) -> Client {
        Client::Address([192, 0, 2, number].into())
    }

    fn pool(permits: usize) -> Pool {
        Pool::new(&Arc::new(Threads::new(8)), permits, TIMEOUT)
    }

    async fn run(pool: &Pool, number: u8) -> Result<u8, Failure> {
        pool.run(&client(number), move || number).await
    }

    /// A job that runs until the test ends it.
    struct RunningJob {
        end: mpsc::Sender<()>,
        ended: tokio::task::JoinHandle<Result<(), Failure>>,
    }

    async fn running(pool: &Pool, number: u8) -> RunningJob {
        let (end, signal) = mpsc::channel();
        let (sender, started) = oneshot::channel();
        let pool = pool.clone();
        let work = move || {
            _ = sender.send(());
            _ = signal.recv();
        };
        let ended = tokio::spawn(async move { pool.run(&client(number), work).await });
        started.await.expect("it starts at once");
        RunningJob { end, ended }
    }

    impl RunningJob {
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
    async fn one_client_cannot_block_the_permits_of_others() {
        let pool = pool(2);
        let greedy = [running(&pool, 1).await, running(&pool, 1).await];
        let mut more = pin!(run(&pool, 1));
        assert!(more.as_mut().now_or_never().is_none(), "it waits for another job of its client");
        assert_eq!(run(&pool, 2).await.expect("another client does not wait"), 2);
        assert!(more.as_mut().now_or_never().is_none());
        for job in greedy {
            job.end().await;
        }
        assert_eq!(more.await.expect("it runs now"), 1);
        idle(&pool).await;
    }

    #[tokio::test]
    async fn the_next_job_is_of_the_waiting_client_with_the_fewest_running_jobs() {
        let pool = pool(1);
        let (first, second) = (running(&pool, 1).await, running(&pool, 2).await);
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
    async fn a_job_waits_no_longer_than_the_timeout() {
        let pool = pool(1);
        let job = running(&pool, 1).await;
        let started = tokio::time::Instant::now();
        let waited = join_all((0..40).map(|_| run(&pool, 1))).await;
        assert!(waited.iter().all(|waited| matches!(waited, Err(Failure::Overloaded))));
        assert_eq!(started.elapsed(), TIMEOUT);
        job.end().await;
        idle(&pool).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_started_job_may_run_longer_than_the_timeout() {
        let pool = pool(1);
        let (first, (sender, started)) = (running(&pool, 1).await, oneshot::channel());
        let one = client(1);
        let long = pool.run(&one, move || {
            _ = sender.send(());
            std::thread::sleep(Duration::from_millis(20));
        });
        let mut long = pin!(long);
        assert!(long.as_mut().now_or_never().is_none());
        first.end().await;
        started.await.expect("it starts");
        tokio::time::advance(2 * TIMEOUT).await;
        assert!(long.await.is_ok());
    }

    #[tokio::test]
    async fn when_the_queue_is_full_the_client_with_the_most_jobs_loses_its_last() {
        let pool = pool(1);
        let (first, second) = (running(&pool, 1).await, running(&pool, 2).await);
        let mut greedy: Vec<_> = (0..MAX_WAITING).map(|_| Box::pin(run(&pool, 1))).collect();
        assert!(greedy.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
        let mut other = pin!(run(&pool, 2));
        assert!(other.as_mut().now_or_never().is_none(), "the job of another client waits");
        assert_eq!(pool.count().1, MAX_WAITING);
        let last = greedy.pop().expect("a waiting job").now_or_never();
        assert!(matches!(last, Some(Err(Failure::Overloaded))), "its last job is refused at once");
        assert!(matches!(run(&pool, 1).now_or_never(), Some(Err(Failure::Overloaded))), "so is another job");
        first.end().await;
        second.end().await;
        assert_eq!(greedy.remove(0).await.expect("the first is done"), 1);
    }

    #[tokio::test]
    async fn a_job_whose_client_stops_waiting_does_not_start() {
        let pool = pool(1);
        let job = running(&pool, 1).await;
        let (sender, mut done) = oneshot::channel();
        let one = client(1);
        let mut cancelled = Box::pin(pool.run(&one, move || sender.send(())));
        let mut next = pin!(run(&pool, 1));
        assert!(cancelled.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop(cancelled);
        assert!(done.try_recv().is_err());
        job.end().await;
        assert_eq!(next.await.expect("it is next"), 1);
        idle(&pool).await;
    }

    #[tokio::test]
    async fn a_job_that_panics_returns_its_permit() {
        let pool = pool(1);
        let job = running(&pool, 1).await;
        let one = client(1);
        let mut panicking = pin!(pool.run(&one, || panic!("on purpose")));
        let mut next = pin!(run(&pool, 1));
        assert!(panicking.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        job.end().await;
        assert!(matches!(panicking.await, Err::<(), _>(Failure::Panicked(_))));
        assert_eq!(next.await.expect("it is next"), 1);
        idle(&pool).await;
    }
}
