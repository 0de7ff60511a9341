//! Which revision is the latest, asked for with every request.

use std::{
    sync::{
        Mutex as Told, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Mutex;

use super::{RevisionStamp, StoreError};

/// How long an answer may take: far longer than it takes a database that is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks one question for many: whoever comes while it is being asked waits for the next time, which is then asked once for all
/// of them. So nobody is told what was true before they came, and when there is no answer, nobody waits for more than two.
///
/// `S` is what it is asked through.
#[derive(Default)]
pub struct AskedOnce<S> {
    begun: AtomicU64,
    known: Told<RevisionStamp>,
    asking: Mutex<Asking<S>>,
}

#[derive(Default)]
struct Asking<S> {
    /// Which time was the last.
    time: u64,
    /// What was told then; `None` when nothing was.
    told: Option<RevisionStamp>,
    through: S,
}

impl<S> AskedOnce<S> {
    /// What was told last, however long ago.
    pub fn known(&self) -> RevisionStamp {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `ask` tells, now or for somebody who came later than this call.
    ///
    /// # Errors
    /// Those of `ask`, and when it takes too long; [`StoreError::NotTold`] for who waited along with somebody who got such an error.
    pub async fn ask(
        &self,
        ask: impl AsyncFnOnce(&mut S) -> Result<RevisionStamp, StoreError>,
    ) -> Result<RevisionStamp, StoreError> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut asking = self.asking.lock().await;
        if asking.time > begun {
            return asking.told.ok_or(StoreError::NotTold);
        }
        asking.time = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        // Whoever leaves in the middle has been told nothing.
        asking.told = None;
        let asked = tokio::time::timeout(PATIENCE, ask(&mut asking.through)).await;
        let mark = asked.unwrap_or(Err(StoreError::TimedOut))?;
        asking.told = Some(mark);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        Ok(mark)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::Duration,
    };

    use futures_util::future::join_all;

    use super::{AskedOnce, RevisionStamp, StoreError};

    fn mark(number: i64) -> RevisionStamp {
        RevisionStamp::new(number, "")
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_come_together_are_told_by_two_questions() {
        let (asked, questions) = (AskedOnce::<()>::default(), AtomicI64::new(0));
        let ask = async |(): &mut ()| {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(mark(questions.fetch_add(1, Ordering::SeqCst)))
        };
        let told = join_all((0..100).map(|_| asked.ask(ask))).await;
        assert!(told.iter().all(Result::is_ok));
        assert!(questions.into_inner() <= 2, "one for the first, one for all the others");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_told_what_was_true_before_they_came() {
        let (asked, truth) = (AskedOnce::<()>::default(), AtomicI64::new(1));
        let ask = async |(): &mut ()| {
            let now = truth.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(mark(now))
        };
        let late = async {
            tokio::time::sleep(Duration::from_millis(2)).await;
            truth.store(2, Ordering::SeqCst);
            asked.ask(ask).await
        };
        let (early, late) = tokio::join!(asked.ask(ask), late);
        assert_eq!((early.ok(), late.ok()), (Some(mark(1)), Some(mark(2))));
        assert_eq!(asked.known(), mark(2));
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_answer_nobody_waits_long() {
        let asked = AskedOnce::<()>::default();
        let begun = tokio::time::Instant::now();
        let ask = async |(): &mut ()| std::future::pending().await;
        let told = join_all((0..100).map(|_| asked.ask(ask))).await;
        assert!(told.iter().all(Result::is_err));
        assert!(begun.elapsed() <= Duration::from_secs(4));
        assert_eq!(asked.ask(async |()| Ok(mark(3))).await.ok(), Some(mark(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_leaves_the_question_to_others() {
        let asked = AskedOnce::<()>::default();
        let slow = asked.ask(async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(mark(1))
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), slow).await.is_err());
        assert!(asked.ask(async |()| Err(StoreError::Closed)).await.is_err());
        assert_eq!(asked.ask(async |()| Ok(mark(3))).await.ok(), Some(mark(3)));
    }
}
