//! Turns at something of which there is little: in the order of asking for one asker, and round and round between
//! askers, so that whoever asks for much waits for themselves.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// How many turns there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    /// At once, over all askers.
    pub(crate) at_once: usize,
    /// At once for one asker.
    pub(crate) each: usize,
    /// Waiting, over all askers.
    pub(crate) waiting: usize,
    /// Waiting for one asker.
    pub(crate) waiting_each: usize,
}

/// So many wait already that one more is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Who asks for turns.
pub(crate) trait Asker: Hash + Eq + Clone + Send + 'static {}
impl<K: Hash + Eq + Clone + Send + 'static> Asker for K {}

/// A place to wait for turns. `K` is who asks.
pub(crate) struct Turns<K: Asker>(Arc<Inner<K>>);

struct Inner<K: Asker> {
    most: Most,
    state: Mutex<State<K>>,
}

struct State<K: Asker> {
    running: usize,
    running_of: HashMap<K, usize>,
    waiting: usize,
    queues: HashMap<K, VecDeque<oneshot::Sender<Turn<K>>>>,
    /// Who waits, in the order of their turns.
    order: VecDeque<K>,
}

/// A turn. It is over when this is dropped.
pub(crate) struct Turn<K: Asker> {
    key: K,
    of: Arc<Inner<K>>,
}

impl<K: Asker> Turns<K> {
    pub(crate) fn new(most: Most) -> Self {
        Self(Arc::new(Inner {
            most,
            state: Mutex::new(State {
                running: 0,
                running_of: HashMap::new(),
                waiting: 0,
                queues: HashMap::new(),
                order: VecDeque::new(),
            }),
        }))
    }

    /// Waits for a turn. Dropping the future gives the place up.
    pub(crate) async fn turn(&self, key: K) -> Result<Turn<K>, Full> {
        let waiting = {
            let mut state = self.0.lock();
            if state.has_room(&key, self.0.most) && !state.queues.contains_key(&key) {
                state.begin(&key);
                return Ok(Turn {
                    key,
                    of: self.0.clone(),
                });
            }
            state.wait(key, self.0.most)?
        };
        // Whoever is pushed out of a full queue hears it by their sender's end.
        waiting.await.map_err(|_| Full)
    }

    /// How many wait for a turn, as far as is known: who has gone may still be counted for a while.
    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().waiting
    }

    /// How many have a turn and how many wait.
    #[cfg(test)]
    fn load(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.running, state.waiting)
    }
}

impl<K: Asker> Inner<K> {
    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Asker> Drop for Turn<K> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.of.lock();
            state.end(&self.key);
            state.next(self.of.most)
        };
        if let Some((key, waiting)) = next {
            let turn = Turn {
                key,
                of: self.of.clone(),
            };
            // Whoever has gone meanwhile hands it on, by this very function.
            let _ = waiting.send(turn);
        }
    }
}

impl<K: Asker> State<K> {
    fn has_room(&self, key: &K, most: Most) -> bool {
        self.running < most.at_once
            && self
                .running_of
                .get(key)
                .is_none_or(|running| *running < most.each)
    }

    fn begin(&mut self, key: &K) {
        self.running += 1;
        *self.running_of.entry(key.clone()).or_default() += 1;
    }

    fn end(&mut self, key: &K) {
        self.running -= 1;
        if let Some(running) = self.running_of.get_mut(key) {
            *running -= 1;
            if *running == 0 {
                self.running_of.remove(key);
            }
        }
    }

    fn wait(&mut self, key: K, most: Most) -> Result<oneshot::Receiver<Turn<K>>, Full> {
        if self.waiting >= most.waiting {
            self.forget_gone();
        }
        if let Some(queue) = self.queues.get_mut(&key)
            && queue.len() >= most.waiting_each
        {
            let before = queue.len();
            queue.retain(|waiting| !waiting.is_closed());
            self.waiting -= before - queue.len();
            if queue.len() >= most.waiting_each {
                return Err(Full);
            }
        }
        if self.waiting >= most.waiting {
            self.push_out(&key)?;
        }
        let (sender, receiver) = oneshot::channel();
        if !self.queues.contains_key(&key) {
            self.order.push_back(key.clone());
        }
        self.queues.entry(key).or_default().push_back(sender);
        self.waiting += 1;
        Ok(receiver)
    }

    /// Makes room by refusing the latest of whoever has most waiting, unless that is who asks.
    fn push_out(&mut self, asking: &K) -> Result<(), Full> {
        let own = self.queues.get(asking).map_or(0, VecDeque::len);
        let longest = self.queues.iter().max_by_key(|(_, queue)| queue.len());
        let Some((key, _)) = longest.filter(|(_, queue)| queue.len() > own + 1) else {
            return Err(Full);
        };
        let key = key.clone();
        if let Some(queue) = self.queues.get_mut(&key) {
            queue.pop_back();
            self.waiting -= 1;
        }
        Ok(())
    }

    /// Forgets whoever no longer waits.
    fn forget_gone(&mut self) {
        for queue in self.queues.values_mut() {
            queue.retain(|waiting| !waiting.is_closed());
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        self.waiting = self.queues.values().map(VecDeque::len).sum();
        let queues = &self.queues;
        self.order.retain(|key| queues.contains_key(key));
    }

    /// Begins the turn of whoever is next.
    fn next(&mut self, most: Most) -> Option<(K, oneshot::Sender<Turn<K>>)> {
        for _ in 0..self.order.len() {
            let key = self.order.pop_front()?;
            if !self.has_room(&key, most) {
                self.order.push_back(key);
                continue;
            }
            let queue = self.queues.get_mut(&key)?;
            let mut found = None;
            while let Some(waiting) = queue.pop_front() {
                self.waiting -= 1;
                if !waiting.is_closed() {
                    found = Some(waiting);
                    break;
                }
            }
            if queue.is_empty() {
                self.queues.remove(&key);
            } else {
                self.order.push_back(key.clone());
            }
            if let Some(waiting) = found {
                self.begin(&key);
                return Some((key, waiting));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    const MOST: Most = Most {
        at_once: 2,
        each: 1,
        waiting: 4,
        waiting_each: 3,
    };

    type Asked = Pin<Box<dyn Future<Output = Result<Turn<char>, Full>>>>;

    /// What there is of an answer; none while it waits.
    fn look(asked: &mut Asked) -> Option<Result<Turn<char>, Full>> {
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    /// Asks for a turn that is to be had at once.
    fn turn(turns: &Arc<Turns<char>>, key: char) -> Turn<char> {
        match look(&mut asks(turns, key)) {
            Some(Ok(turn)) => turn,
            _ => panic!("no turn for {key}"),
        }
    }

    fn asks(turns: &Arc<Turns<char>>, key: char) -> Asked {
        let turns = turns.clone();
        Box::pin(async move { turns.turn(key).await })
    }

    /// Asks for a turn that is to be waited for.
    fn waits(turns: &Arc<Turns<char>>, key: char) -> Asked {
        let mut asked = asks(turns, key);
        assert!(look(&mut asked).is_none(), "{key} does not wait");
        asked
    }

    fn has_turn(asked: &mut Asked) -> Turn<char> {
        match look(asked) {
            Some(Ok(turn)) => turn,
            _ => panic!("no turn"),
        }
    }

    #[test]
    fn whoever_asks_for_much_waits_for_themselves() {
        let turns = Arc::new(Turns::new(MOST));
        let first = turn(&turns, 'a');
        let mut much: Vec<Asked> = (0..3).map(|_| waits(&turns, 'a')).collect();
        let other = turn(&turns, 'b');
        let mut third = waits(&turns, 'c');
        drop(other);
        let third = has_turn(&mut third);
        drop(first);
        let _second = has_turn(&mut much[0]);
        assert!(look(&mut much[1]).is_none(), "one at once each");
        drop(third);
        assert!(look(&mut much[1]).is_none(), "one at once each");
    }

    #[test]
    fn a_full_queue_refuses_whoever_asks_for_most() {
        let turns = Arc::new(Turns::new(MOST));
        let _held = [turn(&turns, 'x'), turn(&turns, 'y')];
        let mut much: Vec<Asked> = (0..3).map(|_| waits(&turns, 'a')).collect();
        assert!(matches!(look(&mut asks(&turns, 'a')), Some(Err(Full))));
        let _one = waits(&turns, 'b');
        // Four wait: the next pushes out the latest of those who have most.
        let _another = waits(&turns, 'c');
        assert!(matches!(look(&mut much[2]), Some(Err(Full))));
        assert!(look(&mut much[1]).is_none());
        assert_eq!(turns.load(), (2, 4));
    }

    #[test]
    fn whoever_goes_away_leaves_no_hole() {
        let turns = Arc::new(Turns::new(MOST));
        let held = turn(&turns, 'a');
        let gone: Vec<Asked> = (0..3).map(|_| waits(&turns, 'a')).collect();
        drop(gone);
        let mut stays = waits(&turns, 'a');
        drop(held);
        drop(has_turn(&mut stays));
        assert_eq!(turns.load(), (0, 0));
    }
}
