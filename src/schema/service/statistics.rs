//! The statistics of the tables, by which costs are estimated: when they are read, and read again.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use super::Service;
use crate::{
    engine::plan::statistics::Statistics,
    store::{ReadOptions, RevisionStamp},
};

/// The statistics of the tables that were read last.
#[derive(Clone)]
pub(super) struct KnownStatistics {
    /// The revision for which they were read.
    stamp: RevisionStamp,
    statistics: Arc<Statistics>,
    /// The time when reading them began, or the time of the last check whether they are outdated, if that is later.
    checked: Instant,
    took: Duration,
}

impl KnownStatistics {
    /// Reports whether they may be read again. Reading every row of a large library after every small publication would take
    /// longer than the publication, so at most a fiftieth of the time is spent on it.
    fn may_be_read_again(&self) -> bool {
        self.checked.elapsed() >= self.took * 50
    }
}

impl Service {
    /// Returns the statistics of the tables. After a publication, they are read again in the background. Until then the
    /// outdated ones are returned, which are sufficient for estimates.
    pub(super) async fn statistics(&self) -> Arc<Statistics> {
        if let Some(known) = self.known_statistics() {
            if known.may_be_read_again() {
                // In the background, so that planning does not wait for the database.
                let service = self.clone();
                tokio::spawn(async move { service.refresh_statistics().await });
            }
            return known.statistics;
        }
        let Ok(latest) = self.0.store.latest().await else { return Arc::default() };
        // Single flight: other requests wait for the first.
        let _first = self.0.reading.lock().await;
        match self.known_statistics() {
            Some(known) => known.statistics,
            None => self.read_statistics(latest).await.unwrap_or_default(),
        }
    }

    /// Reads the statistics again if there was a publication since they were read.
    async fn refresh_statistics(&self) {
        // Single flight: other requests use the previous statistics.
        let Ok(_only) = self.0.reading.try_lock() else { return };
        let Some(known) = self.known_statistics().filter(KnownStatistics::may_be_read_again) else { return };
        let latest = self.0.store.latest().await;
        if let Ok(latest) = latest
            && latest != known.stamp
            && self.read_statistics(latest).await.is_some()
        {
            return;
        }
        // They are up to date, or the database failed. The next check follows after the usual pause.
        if let Some(known) = self.0.statistics.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            known.checked = Instant::now();
        }
    }

    fn known_statistics(&self) -> Option<KnownStatistics> {
        self.0.statistics.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the statistics on a thread for long work. If that fails, returns `None`: costs are then estimated by the previous
    /// ones, or as for empty tables.
    async fn read_statistics(&self, latest: RevisionStamp) -> Option<Arc<Statistics>> {
        let (store, runtime, begun) = (self.0.store.clone(), tokio::runtime::Handle::current(), Instant::now());
        // All requests wait for the first statistics, so reading those does not wait for expensive operations.
        let is_expensive = self.known_statistics().is_some();
        let read = async move {
            let options = ReadOptions { is_expensive, reads_many_rows: true, ..ReadOptions::default() };
            let mut snapshot = store.lazy_snapshot(options);
            Statistics::read(&mut snapshot, store.dialect(), crate::content::catalog()).await
        };
        let read = self.0.threads.run(move || runtime.block_on(read)).await;
        let read = read.map_err(|failure| failure.to_string()).and_then(|read| read.map_err(|failure| failure.to_string()));
        let read = read.inspect_err(|failure| tracing::warn!(failure, "cannot read the statistics of the tables"));
        let statistics = Arc::new(read.ok()?);
        let (stamp, took) = (latest, begun.elapsed());
        let known = KnownStatistics { stamp, statistics: Arc::clone(&statistics), checked: begun, took };
        *self.0.statistics.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Some(statistics)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::schema::{Limits, service::testing};

    /// Returns statistics that took a second to read, and were checked this long ago.
    fn statistics(stamp: RevisionStamp, milliseconds: u64) -> KnownStatistics {
        let checked = Instant::now().checked_sub(Duration::from_millis(milliseconds));
        let checked = checked.expect("the system has run for a minute");
        KnownStatistics { stamp, statistics: Arc::default(), checked, took: Duration::from_secs(1) }
    }

    #[test]
    fn statistics_are_read_for_at_most_two_percent_of_the_time() {
        assert!(!statistics(RevisionStamp::default(), 40_000).may_be_read_again());
        assert!(statistics(RevisionStamp::default(), 50_000).may_be_read_again());
    }

    #[tokio::test]
    async fn a_check_that_finds_no_publication_delays_the_next_one() {
        let (service, _folder) = testing::service(Limits::default()).await;
        let publish = "INSERT INTO revision (id, published_at, summary, last_id, checksum) VALUES (1, '', '', 0, '')";
        service.0.store.writer().execute_unprepared(publish).await.expect("a revision");
        let latest = service.0.store.latest().await.expect("a revision");
        for stamp in [latest, RevisionStamp::default()] {
            *service.0.statistics.write().unwrap() = Some(statistics(stamp, 60_000));
            service.refresh_statistics().await;
            let known = service.known_statistics().expect("they are set");
            assert!(known.stamp == latest && !known.may_be_read_again());
            assert_eq!(known.took == Duration::from_secs(1), stamp == latest, "they are read again after a publication");
        }
    }
}
