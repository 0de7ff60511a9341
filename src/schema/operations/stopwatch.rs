//! Measures the processor time of an operation.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    time::Duration,
};

/// Runs a future, and returns its output with the processor time that it took on the threads that ran it. Waiting and the
/// work of other tasks do not count.
pub async fn timed<F: Future>(future: F) -> (F::Output, Duration) {
    let (mut future, mut taken) = (pin!(future), Duration::ZERO);
    let output = poll_fn(|context| {
        let started = thread_time();
        let polled = future.as_mut().poll(context);
        taken += thread_time().saturating_sub(started);
        polled
    });
    let output = output.await;
    (output, taken)
}

/// Calls `work`, and returns its result with the processor time that it took.
pub fn timed_work<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = thread_time();
    let result = work();
    (result, thread_time().saturating_sub(started))
}

/// Returns a time in whole milliseconds, the unit of points.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the processor time of this thread.
#[cfg(target_os = "linux")]
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Returns the elapsed time, on systems without the processor time of a thread.
#[cfg(not(target_os = "linux"))]
fn thread_time() -> Duration {
    use std::{sync::LazyLock, time::Instant};
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::Instant;

    use super::*;

    fn work(time: Duration) {
        let started = Instant::now();
        while started.elapsed() < time {}
    }

    #[tokio::test]
    async fn waiting_and_the_work_of_other_tasks_do_not_count() {
        const SHORT: Duration = Duration::from_millis(20);
        let other = async { work(10 * SHORT) };
        let own = timed(async {
            work(SHORT);
            tokio::time::sleep(5 * SHORT).await;
        });
        let ((), ((), taken)) = tokio::join!(other, own);
        assert!(taken < 5 * SHORT, "{taken:?}");
        assert!(taken > SHORT / 10, "{taken:?}");
    }
}
