//! Values that take seconds to make.

use actix_web::http::StatusCode;
use tokio::{sync::OnceCell, task::spawn_blocking};

use super::response::HttpRefusal;
use crate::error::INTERNAL;

/// A value that is made when the first request needs it, on a thread that serves no requests. Other requests that need it
/// wait.
pub struct MadeOnce<T> {
    value: OnceCell<T>,
    make: fn() -> T,
}

impl<T: Send + Sync + 'static> MadeOnce<T> {
    /// Creates an instance without a value. The first call of [`Self::get`] makes it.
    pub const fn new(make: fn() -> T) -> Self {
        Self { value: OnceCell::const_new(), make }
    }

    /// Returns the value.
    ///
    /// # Errors
    /// Returns a refusal with status 500 if the value cannot be made.
    pub async fn get(&'static self) -> Result<&'static T, HttpRefusal> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        // The task continues if this request is cancelled. Otherwise another request would begin to make the value again,
        // while the thread of the first request still makes it.
        let made = tokio::spawn(self.value.get_or_try_init(|| spawn_blocking(self.make))).await;
        made.and_then(|made| made).map_err(|failure| {
            tracing::error!(%failure, "a value that requests share cannot be created");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "The service could not create this response.")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, AtomicUsize, Ordering},
        time::Duration,
    };

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_value_is_made_once_for_all_that_wait() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        static VALUE: MadeOnce<usize> = MadeOnce::new(|| MADE.fetch_add(1, Ordering::Relaxed));
        let (one, other) = tokio::join!(VALUE.get(), VALUE.get());
        assert_eq!((one.ok(), other.ok(), MADE.load(Ordering::Relaxed)), (Some(&0), Some(&0), 1));
    }

    #[tokio::test]
    async fn a_value_is_made_once_although_requests_are_cancelled() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        static MAY_END: AtomicBool = AtomicBool::new(false);
        static VALUE: MadeOnce<usize> = MadeOnce::new(|| {
            let before = MADE.fetch_add(1, Ordering::Relaxed);
            while !MAY_END.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            before
        });
        for _ in 0..10 {
            let cancelled = timeout(Duration::from_millis(1), VALUE.get()).await;
            assert!(cancelled.is_err());
        }
        MAY_END.store(true, Ordering::Relaxed);
        assert_eq!((VALUE.get().await.ok(), MADE.load(Ordering::Relaxed)), (Some(&0), 1));
    }
}
