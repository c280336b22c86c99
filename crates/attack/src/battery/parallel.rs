//! Several attacks at the same time.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Calls `job` for each index below `count`, on at most `threads` threads, and returns the results by index. With one thread it is
/// called on the caller's, so that it also works where no thread can be started.
pub(super) fn in_parallel<T: Send>(threads: usize, count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads.min(count);
    if threads <= 1 {
        return (0..count).map(job).collect();
    }
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(count)));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = job(index);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_runs_once_and_results_are_in_order() {
        for threads in [0, 1, 2, 7] {
            let calls = AtomicUsize::new(0);
            let squares = in_parallel(threads, 20, |index| {
                calls.fetch_add(1, Ordering::Relaxed);
                index * index
            });
            assert_eq!(calls.into_inner(), 20, "{threads} threads");
            assert_eq!(squares, (0..20).map(|index| index * index).collect::<Vec<_>>(), "{threads} threads");
        }
        assert!(in_parallel(4, 0, |index| index).is_empty());
    }
}
