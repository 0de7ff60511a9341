//! Threads for long work, shared by all serving threads.
//!
//! They are few, because the allocator reserves memory for each thread. Their priority is lower than that of the serving
//! threads.

use std::time::Duration;

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// Time after which an idle thread ends and its memory is returned to the system.
const IDLE: Duration = Duration::from_secs(1);

/// The threads of a process. They are started on demand.
pub struct Threads(Option<Runtime>);

impl Threads {
    /// Prepares to start at most `most` threads. If the system does not allow that, the threads of the caller's runtime are
    /// used.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(most.max(1)).thread_keep_alive(IDLE).on_thread_start(yield_to_others);
        Self(builder.build().ok())
    }

    /// Runs work on one of the threads.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match &self.0 {
            Some(threads) => threads.spawn_blocking(work),
            None => tokio::task::spawn_blocking(work),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Lowers the priority of this thread below that of the serving threads.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    {
        /// The default of the command `nice`.
        const NICENESS: i32 = 10;
        // If the system refuses, all threads have the same priority.
        let _ = rustix::process::setpriority_process(None, NICENESS);
    }
}
