//! The number of the latest revision, asked for with every request.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Asks one question for many: whoever comes while it is being asked waits for the next time, which is then asked once for all
/// of them. So nobody is told what was true before they came.
#[derive(Default)]
pub struct AskedOnce {
    begun: AtomicU64,
    known: AtomicI64,
    /// What was told last, and which time that was.
    told: Mutex<(u64, i64)>,
}

impl AskedOnce {
    /// What was told last, however long ago; 0 when nothing was.
    pub fn known(&self) -> i64 {
        self.known.load(Ordering::SeqCst)
    }

    /// What `ask` tells, now or for somebody who came later than this call.
    ///
    /// # Errors
    /// Those of `ask`, which are told to nobody else.
    pub async fn ask<E>(&self, ask: impl AsyncFnOnce() -> Result<i64, E>) -> Result<i64, E> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut told = self.told.lock().await;
        if told.0 > begun {
            return Ok(told.1);
        }
        let time = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let number = ask().await?;
        *told = (time, number);
        self.known.store(number, Ordering::SeqCst);
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::Duration,
    };

    use futures_util::future::join_all;

    use super::AskedOnce;

    #[tokio::test(start_paused = true)]
    async fn many_who_come_together_are_told_by_two_questions() {
        let (asked, questions) = (AskedOnce::default(), AtomicI64::new(0));
        let ask = async || {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, ()>(questions.fetch_add(1, Ordering::SeqCst))
        };
        let told = join_all((0..100).map(|_| asked.ask(ask))).await;
        assert!(told.iter().all(Result::is_ok));
        assert!(questions.into_inner() <= 2, "one for the first, one for all the others");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_told_what_was_true_before_they_came() {
        let (asked, truth) = (AskedOnce::default(), AtomicI64::new(1));
        let ask = async || {
            let now = truth.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok::<_, ()>(now)
        };
        let late = async {
            tokio::time::sleep(Duration::from_millis(2)).await;
            truth.store(2, Ordering::SeqCst);
            asked.ask(ask).await
        };
        let (early, late) = tokio::join!(asked.ask(ask), late);
        assert_eq!((early, late), (Ok(1), Ok(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_leaves_the_question_to_others() {
        let asked = AskedOnce::default();
        let slow = asked.ask(async || {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, ()>(1)
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), slow).await.is_err());
        assert_eq!(asked.ask(async || Err(())).await, Err(()));
        assert_eq!(asked.ask(async || Ok::<_, ()>(3)).await, Ok(3));
    }
}
