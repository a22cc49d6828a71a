//! Work that keeps a processor busy for long, on threads that give way to those that answer: passwords, files, large
//! bodies. Whoever asks for much of it waits for it, and the others hardly notice.

use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// How much these threads give way: of a processor that both want they get about a tenth (`sched(7)`, the nice value).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Threads of their own, since an ordinary user may lower a thread's priority and not raise it again. None where they
/// cannot be had.
static THREADS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread()
        .thread_name("background")
        .on_thread_start(give_way)
        .build()
        .inspect_err(|error| tracing::warn!(%error, "no threads of low priority"))
        .ok()
});

/// On Linux the priority is a thread's; elsewhere it would be the whole process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

/// Does such work; like [`tokio::task::spawn_blocking`] in everything else.
pub fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    match &*THREADS {
        Some(threads) => threads.spawn_blocking(work),
        None => tokio::task::spawn_blocking(work),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;
    use rustix::thread::gettid;

    #[tokio::test]
    async fn such_work_gives_way_to_answers() {
        let there = super::spawn(|| getpriority_process(Some(gettid())).unwrap())
            .await
            .unwrap();
        assert_eq!(there, super::NICE);
        let here = getpriority_process(Some(gettid())).unwrap();
        let blocking = tokio::task::spawn_blocking(|| getpriority_process(Some(gettid())).unwrap());
        assert_eq!((here, blocking.await.unwrap()), (0, 0));
    }
}
