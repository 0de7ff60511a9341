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

impl<T: Send + 'static> MadeOnce<T> {
    /// Creates a value that `make` will make.
    pub const fn new(make: fn() -> T) -> Self {
        Self { value: OnceCell::const_new(), make }
    }

    /// Returns the value.
    ///
    /// # Errors
    /// Returns a refusal with status 500 if the value cannot be made.
    pub async fn get(&self) -> Result<&T, HttpRefusal> {
        self.value.get_or_try_init(async || spawn_blocking(self.make).await).await.map_err(|failure| {
            tracing::error!(%failure, "a value that requests need cannot be made");
            HttpRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL, "The service could not create this response.")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_value_is_made_once_for_all_that_wait() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        static VALUE: MadeOnce<usize> = MadeOnce::new(|| MADE.fetch_add(1, Ordering::Relaxed));
        let (one, other) = tokio::join!(VALUE.get(), VALUE.get());
        assert_eq!((one.ok(), other.ok(), MADE.load(Ordering::Relaxed)), (Some(&0), Some(&0), 1));
    }
}
