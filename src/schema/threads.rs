//! Threads for work that takes long, shared by all threads that serve.
//!
//! They are few, since the allocator keeps memory for each of them, and run behind the threads that serve.

use std::time::Duration;

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// How long a thread stays without work. Its memory goes back to the system after it has ended.
const IDLE: Duration = Duration::from_secs(1);

/// The threads of a process. They are started as work comes.
pub struct Threads(Option<Runtime>);

impl Threads {
    /// So many threads at most. When the system refuses, those of the caller's runtime are used.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let mut builder = Builder::new_current_thread();
        builder.max_blocking_threads(most.max(1)).thread_keep_alive(IDLE).on_thread_start(yield_to_others);
        Self(builder.build().ok())
    }

    /// Does work on one of the threads.
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

/// Lets the threads that serve small requests go first.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    {
        /// As a program that is started with `nice`.
        const NICENESS: i32 = 10;
        // Where it is not allowed, all threads are alike.
        let _ = rustix::process::setpriority_process(None, NICENESS);
    }
}
