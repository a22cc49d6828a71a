//! How often somebody may try a password: ever more slowly, never locked out by others.
//!
//! Each wrong try makes the next of the same kind wait longer. There are four kinds, from narrow to wide: one person from
//! one client, one person from everywhere, one network for all persons, and all together. Only the narrow kind refuses, when
//! more tries wait than can be made within [`SIGN_IN_WAIT`]; the wide ones delay, each by at most [`SHARED_WAIT`], and only
//! those who have guessed wrong themselves. Who signed in from a client before is known there, and delayed by their own
//! wrong tries alone: others behind the same address have a lane of their own, by the token that the browser was given.

use crate::device::{Client, Network};
use domain::limits::{
    SIGN_IN_FREE, SIGN_IN_FREE_ALL, SIGN_IN_FREE_IDENTITY, SIGN_IN_WAIT, SIGN_IN_WINDOW, SIGN_INS_REMEMBERED,
};
use domain::{Problem, ProblemCode, Timestamp};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The longest that others' wrong tries delay somebody who has not guessed this person's password wrong from here.
const SHARED_WAIT: i64 = 5 * Timestamp::SECOND;

/// What is counted. Persons and browsers are held as hashes, so that each takes the same few octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    /// One person from one browser that has signed them in before.
    Device(u64),
    /// One person from one network.
    Pair(u64),
    /// One person from everywhere, by those who have guessed wrong before.
    Identity(u64),
    /// One network, for all persons.
    Network(Network),
    /// Everything, by networks that have guessed wrong several times.
    All,
}

/// How tries of one kind are paced.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Wrong tries before there is any wait.
    free: u32,
    /// The wait after the first one beyond, which doubles with each.
    first: i64,
    /// The longest wait between two.
    most: i64,
}

impl Counted {
    fn pace(self) -> Pace {
        let (free, first, most) = match self {
            Self::Device(_) | Self::Pair(_) => (SIGN_IN_FREE, 500, 8_000),
            Self::Identity(_) => (SIGN_IN_FREE_IDENTITY, 250, 4_000),
            // An office behind one address mistypes, too.
            Self::Network(_) => (10 * SIGN_IN_FREE, 50, 500),
            Self::All => (SIGN_IN_FREE_ALL, 25, 500),
        };
        Pace { free, first, most }
    }
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    /// Wrong ones, or under way.
    wrong: u32,
    /// When the next one may begin.
    next: Timestamp,
    last: Timestamp,
}

impl Tries {
    fn new(now: Timestamp) -> Self {
        Self {
            wrong: 0,
            next: now,
            last: now,
        }
    }

    /// Nothing of it counts any more. A clock that was set back makes it old as well.
    fn over(&self, now: Timestamp) -> bool {
        (now.0 - self.last.0).abs() >= SIGN_IN_WINDOW
    }

    /// How long one that comes now waits. Nobody's turn is ever later than that, unless the clock was set back.
    fn wait(&self, now: Timestamp) -> i64 {
        let wait = self.next.0 - now.0;
        if wait > 2 * SIGN_IN_WAIT { 0 } else { wait.max(0) }
    }

    /// Counts one that begins in `wait`.
    fn count(&mut self, pace: Pace, now: Timestamp, wait: i64) {
        self.wrong = self.wrong.saturating_add(1);
        self.last = now;
        let beyond = self.wrong.saturating_sub(pace.free);
        let interval = match beyond {
            0 => 0,
            n => pace.first.saturating_mul(1 << (n - 1).min(20)).min(pace.most),
        };
        self.next = now.plus(wait + interval);
    }
}

#[derive(Debug, Default)]
struct State {
    tries: HashMap<Counted, Tries>,
    /// Persons with the networks from which they signed in.
    known: HashSet<u64>,
}

/// Counts tries in memory: a restart forgives, and no table grows with every guess.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    state: Mutex<State>,
    hasher: RandomState,
}

/// One try, counted as wrong until it turns out to have been right.
#[must_use]
pub(crate) struct Attempt {
    counted: Vec<Counted>,
    pair: u64,
    /// The person and the browser or network that is known to have signed them in.
    pub(crate) known: Option<u64>,
    /// Milliseconds it has to wait before the password is looked at.
    pub(crate) wait: i64,
}

impl Limiter {
    /// Counts a try before the password is looked at, so that many at once do not slip through together.
    pub(crate) fn attempt(
        &self,
        identity: &str,
        client: &Client,
        device: Option<&str>,
        now: Timestamp,
    ) -> Result<Attempt, Problem> {
        let network = client.network();
        let (person, pair) = (self.hash((identity, "")), self.hash((identity, network)));
        let own = match device {
            Some(device) => Counted::Device(self.hash((identity, device))),
            None => Counted::Pair(pair),
        };
        let mut state = self.lock();
        state.sweep(now);
        let known = match own {
            Counted::Device(browser) => Some(browser),
            _ => state.known.contains(&pair).then_some(pair),
        };
        let wrong_before = state.wrong(own, now);
        let mut counted = vec![own];
        if known.is_none() {
            if wrong_before > 0 {
                counted.push(Counted::Identity(person));
            }
            if state.wrong(Counted::Network(network), now) >= SIGN_IN_FREE {
                counted.push(Counted::All);
            }
            counted.push(Counted::Network(network));
        }
        let mut wait = 0;
        for kind in &counted {
            let this = state.get(*kind, now).wait(now);
            let theirs = *kind == own || (wrong_before > 0 && *kind != Counted::Network(network));
            wait = wait.max(if theirs { this } else { this.min(SHARED_WAIT) });
        }
        if wait > SIGN_IN_WAIT {
            return Err(too_many(wait));
        }
        for kind in &counted {
            state.get(*kind, now).count(kind.pace(), now, wait);
        }
        Ok(Attempt {
            counted,
            pair,
            known,
            wait,
        })
    }

    /// The password was right: the person's own count starts anew, the wider ones forget this one try.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut state = self.lock();
        for kind in &attempt.counted {
            match kind {
                Counted::Device(_) | Counted::Pair(_) => {
                    state.tries.remove(kind);
                }
                _ => state.forget_one(*kind),
            }
        }
        if state.known.len() >= SIGN_INS_REMEMBERED {
            state.known.clear();
        }
        state.known.insert(attempt.pair);
    }

    /// The password was not looked at after all.
    pub(crate) fn not_made(&self, attempt: &Attempt) {
        let mut state = self.lock();
        for kind in &attempt.counted {
            state.forget_one(*kind);
        }
    }

    fn hash(&self, what: impl Hash) -> u64 {
        self.hasher.hash_one(what)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn get(&mut self, kind: Counted, now: Timestamp) -> &mut Tries {
        let tries = self.tries.entry(kind).or_insert_with(|| Tries::new(now));
        if tries.over(now) {
            *tries = Tries::new(now);
        }
        tries
    }

    fn wrong(&self, kind: Counted, now: Timestamp) -> u32 {
        self.tries
            .get(&kind)
            .filter(|tries| !tries.over(now))
            .map_or(0, |tries| tries.wrong)
    }

    fn forget_one(&mut self, kind: Counted) {
        if let Some(tries) = self.tries.get_mut(&kind) {
            tries.wrong = tries.wrong.saturating_sub(1);
        }
    }

    /// Keeps what is remembered bounded: first what is over goes, then whoever tried least.
    fn sweep(&mut self, now: Timestamp) {
        if self.tries.len() < SIGN_INS_REMEMBERED {
            return;
        }
        self.tries.retain(|_, tries| !tries.over(now));
        let mut least = 1;
        while self.tries.len() > SIGN_INS_REMEMBERED / 2 {
            self.tries.retain(|_, tries| tries.wrong > least);
            least *= 2;
        }
    }
}

fn too_many(wait: i64) -> Problem {
    let seconds = u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
    Problem::new(
        ProblemCode::RateLimited,
        format!("Too many wrong passwords were tried for this account from here. Wait {seconds} seconds and try again."),
    )
    .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    const NOW: Timestamp = Timestamp(1_772_366_400_000);
    const ANA: &str = "ana@example.com";

    fn from(n: u32) -> Client {
        Client::from(IpAddr::V4(Ipv4Addr::from_bits(0x0A00_0000 + n)))
    }

    /// A try: how long it waits, if it is made.
    fn guess(limiter: &Limiter, identity: &str, client: &Client, now: Timestamp) -> Option<i64> {
        limiter
            .attempt(identity, client, None, now)
            .ok()
            .map(|attempt| attempt.wait)
    }

    fn signs_in(limiter: &Limiter, identity: &str, client: &Client, now: Timestamp) -> Option<i64> {
        let attempt = limiter.attempt(identity, client, None, now).ok()?;
        limiter.succeeded(&attempt);
        Some(attempt.wait)
    }

    #[test]
    fn wrong_tries_slow_the_next_ones_down_and_do_not_lock_out() {
        let limiter = Limiter::default();
        let mut now = NOW;
        let mut waits = Vec::new();
        for _ in 0..12 {
            // One after the other, as a person types.
            let wait = guess(&limiter, ANA, &from(1), now).expect("delayed, not refused");
            now = now.plus(wait);
            waits.push(wait);
        }
        assert_eq!(waits[..6], [0, 0, 0, 0, 0, 0]);
        assert_eq!(waits[6..], [500, 1_000, 2_000, 4_000, 8_000, 8_000]);
        assert_eq!(
            signs_in(&limiter, ANA, &from(1), now),
            Some(8_000),
            "the right one gets through"
        );
        assert_eq!(guess(&limiter, ANA, &from(1), now), Some(0), "and starts anew");
    }

    #[test]
    fn many_tries_at_once_do_not_slip_through_together() {
        let limiter = Limiter::default();
        let made = (0..250)
            .filter_map(|_| guess(&limiter, ANA, &from(1), NOW))
            .collect::<Vec<_>>();
        assert!(made.len() < 15, "{made:?}");
        assert!(made.iter().all(|wait| *wait <= SIGN_IN_WAIT));
    }

    #[test]
    fn the_right_password_is_never_refused_for_what_others_tried() {
        let limiter = Limiter::default();
        // From elsewhere, for the same person.
        for n in 0..250 {
            for _ in 0..10 {
                let _ = guess(&limiter, ANA, &from(n), NOW);
            }
        }
        assert_eq!(signs_in(&limiter, ANA, &from(999), NOW), Some(0));
        // From the same address, for other persons.
        for n in 0..1_000 {
            let _ = guess(&limiter, &format!("p{n}@example.com"), &from(500), NOW);
        }
        let wait = signs_in(&limiter, ANA, &from(500), NOW).expect("delayed, not refused");
        assert!(wait <= SHARED_WAIT, "{wait}");
        assert_eq!(
            signs_in(&limiter, ANA, &from(500), NOW),
            Some(0),
            "known there from now on"
        );
    }

    #[test]
    fn a_browser_that_signed_in_before_is_not_delayed_by_others_behind_its_address() {
        let limiter = Limiter::default();
        for _ in 0..250 {
            let _ = guess(&limiter, ANA, &from(1), NOW);
        }
        assert_eq!(guess(&limiter, ANA, &from(1), NOW), None, "the guesser waits");
        let attempt = limiter.attempt(ANA, &from(1), Some("token"), NOW).ok().unwrap();
        assert_eq!(attempt.wait, 0);
        // A stolen token opens no way around.
        let made = (0..250)
            .filter(|_| limiter.attempt(ANA, &from(2), Some("token"), NOW).is_ok())
            .count();
        assert!(made < 15, "{made}");
    }

    #[test]
    fn guessing_one_person_from_many_addresses_meets_a_limit() {
        let limiter = Limiter::default();
        let mut made = 0;
        for minute in 0..10 {
            for n in 0..250 {
                for _ in 0..4 {
                    let now = NOW.plus(minute * Timestamp::MINUTE);
                    made += usize::from(guess(&limiter, ANA, &from(n), now).is_some());
                }
            }
        }
        // The first try of each address, and then some each minute for all together.
        assert!(made < 250 + 20 + 10 * 30, "{made}");
    }

    #[test]
    fn guessing_many_people_from_many_addresses_is_slowed_down() {
        let limiter = Limiter::default();
        let mut waits = 0;
        for n in 0..250u32 {
            for m in 0..20 {
                let identity = format!("p{}@example.com", n * 20 + m);
                waits += i64::from(guess(&limiter, &identity, &from(n), NOW) > Some(1_000));
            }
        }
        assert!(waits > 2_000, "{waits} of 5,000 waited for more than a second");
        assert_eq!(
            signs_in(&limiter, ANA, &from(9_999), NOW),
            Some(0),
            "nobody else waits"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limiter = Limiter::default();
        for _ in 0..50 {
            let _ = guess(&limiter, ANA, &from(1), NOW);
        }
        for back in [2 * Timestamp::MINUTE, Timestamp::HOUR] {
            assert_eq!(guess(&limiter, ANA, &from(1), NOW.plus(-back)), Some(0));
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let limiter = Limiter::default();
        for n in 0..2 * u128::try_from(SIGN_INS_REMEMBERED).unwrap() {
            let client = Client::from(IpAddr::V6(Ipv6Addr::from_bits(n << 64)));
            let _ = guess(&limiter, ANA, &client, NOW);
        }
        assert!(limiter.lock().tries.len() <= SIGN_INS_REMEMBERED + 4);
    }
}
