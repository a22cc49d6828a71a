//! Writing lines by a thread of its own, many at once.
//!
//! A terminal or a pipe that is slow must not hold up requests. Nor may the log take a core away from them: a thread that
//! is woken for each line costs a server on one core more than the rest of a request, so this one is woken for the first
//! line and waits for others before it writes.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// How long a line waits for others.
const GATHER_FOR: Duration = Duration::from_millis(20);
/// What may wait while whoever reads the log is slow, in bytes: some ten thousand lines. What does not fit is lost, and
/// the log says how much.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// Where lines are put; clones share it.
#[derive(Clone)]
pub(super) struct Batches(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    lost: usize,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batches {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(out: impl Write + Send + 'static) -> (Self, Flush) {
        let shared = Arc::<Shared>::default();
        let writer = shared.clone();
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_batches(&writer, out));
        let thread = thread.map_err(|why| eprintln!("Nothing is logged: {why}.")).ok();
        let flush = Flush {
            shared: shared.clone(),
            thread,
        };
        (Self(shared), flush)
    }
}

impl<'a> MakeWriter<'a> for Batches {
    type Writer = &'a Self;
    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &Batches {
    /// Takes a whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.closed || state.waiting.len() + line.len() > MOST_WAITING {
            state.lost += 1;
            return Ok(line.len());
        }
        let first = state.waiting.is_empty();
        state.waiting.extend_from_slice(line);
        drop(state);
        if first {
            self.0.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_batches(shared: &Shared, mut out: impl Write) {
    let mut batch = Vec::new();
    loop {
        let state = shared.state();
        let state = shared
            .changed
            .wait_while(state, |state| state.waiting.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        // Ends early only when nothing more will come.
        let (mut state, _) = shared
            .changed
            .wait_timeout_while(state, GATHER_FOR, |state| !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        batch.clear();
        mem::swap(&mut batch, &mut state.waiting);
        let (lost, closed) = (mem::take(&mut state.lost), state.closed);
        drop(state);
        // Whoever reads the log may be gone; that is no reason to stop serving.
        let _ = out.write_all(&batch);
        if lost > 0 {
            let _ = writeln!(out, "{lost} lines of the log were lost: it is read too slowly.");
        }
        let _ = out.flush();
        if closed {
            return;
        }
    }
}

/// Writes what is waiting when it is dropped.
pub struct Flush {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Tells of each write, and waits to be let go on.
    struct Slow(mpsc::Sender<String>, mpsc::Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, batch: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(batch).into_owned());
            let _ = self.1.recv();
            Ok(batch.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The log, what flushes it, what was written, and what lets a write go on.
    fn slow() -> (Batches, Flush, mpsc::Receiver<String>, mpsc::Sender<()>) {
        let (told, written) = mpsc::channel();
        let (go, going) = mpsc::channel();
        let (batches, flush) = Batches::start(Slow(told, going));
        (batches, flush, written, go)
    }

    #[test]
    fn what_comes_meanwhile_is_written_at_once_and_in_order() {
        let (batches, flush, written, go) = slow();
        (&batches).write_all(b"one\n").unwrap();
        assert_eq!(written.recv().unwrap(), "one\n");
        // The reader is busy; nobody waits for it.
        for line in ["two\n", "three\n", "four\n"] {
            (&batches).write_all(line.as_bytes()).unwrap();
        }
        go.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), "two\nthree\nfour\n");
        drop(go);
        drop(flush);
        assert!(written.recv().is_err());
    }

    #[test]
    fn a_slow_reader_loses_lines_and_is_told_so() {
        let (batches, flush, written, go) = slow();
        (&batches).write_all(b"first\n").unwrap();
        written.recv().unwrap();
        let line = [b'x'; 1024];
        for _ in 0..MOST_WAITING / line.len() + 3 {
            (&batches).write_all(&line).unwrap();
        }
        drop(go);
        drop(flush);
        let rest: Vec<String> = written.iter().collect();
        assert_eq!(rest[0].len(), MOST_WAITING);
        assert!(
            rest.concat().contains("3 lines of the log were lost"),
            "{}",
            rest.len()
        );
    }

    #[test]
    fn the_last_lines_are_written_at_the_end() {
        let (batches, flush, written, go) = slow();
        drop(go);
        (&batches).write_all(b"bye\n").unwrap();
        drop(flush);
        assert_eq!(written.iter().collect::<String>(), "bye\n");
    }
}
