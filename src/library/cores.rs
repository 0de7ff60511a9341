//! The same work on many things, on all cores.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// How many cores there are.
pub(super) fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What `work` gives for each item, in their order. The calling thread works along.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let share = || {
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            Some((index, work(items.get(index)?)))
        };
        std::iter::from_fn(take).collect::<Vec<_>>()
    };
    let cores = count().min(items.len());
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::map;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        let slow_first = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(if *item < 10 { 2000 } else { 0 }));
            item * 2
        };
        assert_eq!(map(&items, slow_first), (0..1000).map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(map(&[] as &[u64], |item| *item), [] as [u64; 0]);
    }

    #[test]
    fn a_panic_comes_through() {
        let work = |item: &u64| assert!(*item != 77, "seventy-seven");
        assert!(catch_unwind(|| map(&(0..100).collect::<Vec<_>>(), work)).is_err());
    }
}
