//! Long work that Ctrl-C can stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::prelude::*;

/// Time between two looks for signals.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// Does `work` on a thread of its own, without the interpreter's lock, while this thread looks for signals and calls `tell`. When a
/// signal or `tell` raises an exception, `stop` is set, and the exception is returned once the work has ended.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    stop: &AtomicBool,
    mut tell: impl FnMut(Python<'_>) -> PyResult<()> + Send,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    py.detach(|| {
        std::thread::scope(|scope| {
            let (done, end) = channel::<()>();
            let worker = scope.spawn(move || {
                let _done = done; // Dropped at the end of the work, also when it panics.
                work()
            });
            let mut raised = None;
            while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let look = |py: Python<'_>| py.check_signals().and_then(|()| tell(py));
                if raised.is_none()
                    && let Err(exception) = Python::attach(look)
                {
                    stop.store(true, Ordering::Relaxed);
                    raised = Some(exception);
                }
            }
            match (worker.join(), raised) {
                (Err(panic), _) => std::panic::resume_unwind(panic),
                (Ok(_), Some(exception)) => Err(exception),
                (Ok(result), None) => Ok(result),
            }
        })
    })
}
