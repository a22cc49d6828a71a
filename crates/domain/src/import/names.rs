//! The names of teams or providers, those of today and those at the export, and what a text means among them.

use super::list::{Piece, pieces};
use super::near::nearest;
use super::{key, trimmed};
use crate::export::{INACTIVE_SUFFIX, provider_text};
use crate::limits::IMPORT_SUGGESTIONS;
use crate::provider::ProviderStatus;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// What a text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<I> {
    One(I),
    Several,
}

/// A name in a cell that means nothing, or not one thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Unknown { text: String, suggest: Option<String> },
    Ambiguous { text: String },
}

/// A team or provider, as it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Called {
    name: String,
    /// A team is always active.
    status: ProviderStatus,
}

/// One of them, today and at the export.
#[derive(Debug, Default)]
struct Known {
    today: Option<Called>,
    exported: Option<Called>,
}

/// All of one kind.
#[derive(Debug)]
pub struct Names<I> {
    known: HashMap<I, Known>,
    exact: HashMap<String, Meaning<I>>,
    folded: HashMap<String, Meaning<I>>,
    /// Of how many pieces the names are that hold separators, the most first, by their first piece.
    runs: HashMap<String, Vec<usize>>,
    /// The names of today, for suggestions, and the same folded.
    today: Vec<String>,
    today_folded: Vec<Vec<char>>,
    suggested: HashMap<String, Option<usize>>,
}

impl<I: Copy + Eq + Hash> Names<I> {
    /// Those of today, and those at the export if that is known.
    pub fn new(
        today: impl IntoIterator<Item = (I, String, ProviderStatus)>,
        exported: impl IntoIterator<Item = (I, String, ProviderStatus)>,
    ) -> Self {
        let mut names = Self {
            known: HashMap::new(),
            exact: HashMap::new(),
            folded: HashMap::new(),
            runs: HashMap::new(),
            today: Vec::new(),
            today_folded: Vec::new(),
            suggested: HashMap::new(),
        };
        for (id, name, status) in today {
            names.add(id, &name);
            names.today_folded.push(key(&name).chars().collect());
            names.today.push(name.clone());
            names.known.entry(id).or_default().today = Some(Called { name, status });
        }
        for (id, name, status) in exported {
            names.add(id, &name);
            names.known.entry(id).or_default().exported = Some(Called { name, status });
        }
        names
    }

    fn add(&mut self, id: I, name: &str) {
        for name in [name.to_owned(), format!("{name}{INACTIVE_SUFFIX}")] {
            let folded = key(&name);
            let parts = pieces(&folded);
            if parts.len() > 1 {
                let runs = self.runs.entry(run_key(&folded, &parts[0])).or_default();
                if let Err(at) = runs.binary_search_by(|run| parts.len().cmp(run)) {
                    runs.insert(at, parts.len());
                }
            }
            means(&mut self.exact, trimmed(&name).to_owned(), id);
            means(&mut self.folded, folded, id);
        }
    }

    /// What a name means: first as it stands, then folded.
    pub(super) fn meaning(&self, name: &str) -> Option<Meaning<I>> {
        let name = trimmed(name);
        let exact = self.exact.get(name);
        exact.or_else(|| self.folded.get(&key(name))).copied()
    }

    /// Reads one name.
    pub(super) fn one(&mut self, name: &str) -> Result<I, Unread> {
        match self.meaning(name) {
            Some(Meaning::One(id)) => Ok(id),
            Some(Meaning::Several) => Err(Unread::Ambiguous {
                text: trimmed(name).to_owned(),
            }),
            None => Err(self.unknown(name)),
        }
    }

    /// Reads the names of a cell, each once.
    pub(super) fn list(&mut self, text: &str) -> Result<Vec<I>, Vec<Unread>> {
        let pieces = pieces(text);
        let mut read = Read::default();
        let mut at = 0;
        while at < pieces.len() {
            let run = self.run(text, &pieces[at..]);
            let last = &pieces[at + run - 1];
            let stands = &text[pieces[at].start..last.end];
            if run > 1 {
                let one_by_one = pieces[at..at + run]
                    .iter()
                    .filter(|piece| piece.start < piece.end)
                    .all(|piece| self.meaning(&text[piece.start..piece.end]).is_some());
                read.push(if one_by_one {
                    Err(Unread::Ambiguous {
                        text: stands.to_owned(),
                    })
                } else {
                    self.one(stands)
                });
            } else if let Some(inside) = &pieces[at].quoted {
                read.push(self.in_quotes(inside, stands));
            } else if !stands.is_empty() {
                read.push(self.one(stands));
            }
            at += run;
        }
        read.done()
    }

    /// Reads names that are given one by one.
    pub(super) fn each<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<I>, Vec<Unread>> {
        let mut read = Read::default();
        for name in names {
            read.push(self.one(name));
        }
        read.done()
    }

    /// Of how many pieces the longest name is that begins with the first; at least one.
    fn run(&self, text: &str, pieces: &[Piece]) -> usize {
        let first = &pieces[0];
        let Some(runs) = self.runs.get(&run_key(text, first)) else {
            return 1;
        };
        let known = runs.iter().find(|&&run| {
            pieces.get(run - 1).is_some_and(|last| {
                last.line == first.line && self.meaning(&text[first.start..last.end]).is_some()
            })
        });
        known.copied().unwrap_or(1)
    }

    /// A piece in quotes is what they hold, unless a name has these quotes itself.
    fn in_quotes(&mut self, inside: &str, stands: &str) -> Result<I, Unread> {
        match (self.meaning(inside), self.meaning(stands)) {
            (Some(one), Some(other)) if one != other => Err(Unread::Ambiguous {
                text: stands.to_owned(),
            }),
            (None, Some(_)) => self.one(stands),
            _ => self.one(inside),
        }
    }

    fn unknown(&mut self, name: &str) -> Unread {
        let folded = key(name);
        let found = match self.suggested.get(&folded) {
            Some(found) => *found,
            // A file of nothing but nonsense is not worth an evening.
            None if self.suggested.len() >= IMPORT_SUGGESTIONS => None,
            None => {
                let found = nearest(&folded, &self.today_folded);
                self.suggested.insert(folded, found);
                found
            }
        };
        Unread::Unknown {
            text: trimmed(name).to_owned(),
            suggest: found.map(|at| self.today[at].clone()),
        }
    }

    /// It has been deleted since the export.
    pub(super) fn is_gone(&self, id: I) -> bool {
        self.known.get(&id).is_none_or(|known| known.today.is_none())
    }

    /// It cannot be given.
    pub(super) fn is_inactive(&self, id: I) -> bool {
        let today = self.known.get(&id).and_then(|known| known.today.as_ref());
        today.is_some_and(|today| today.status == ProviderStatus::Inactive)
    }

    /// What it is called, or was.
    pub(super) fn name(&self, id: I) -> &str {
        let known = self.known.get(&id);
        let called = known.and_then(|known| known.today.as_ref().or(known.exported.as_ref()));
        called.map_or("", |called| &called.name)
    }

    /// The names of a row as the export wrote them, with or without the mark of those that are inactive. For a row that
    /// was in no export, as it would write them now.
    pub(super) fn written(&self, ids: &[I], exported: bool, marked: bool) -> Vec<String> {
        let called = |id| {
            let known = self.known.get(id)?;
            let then = known.exported.as_ref().filter(|_| exported);
            then.or(known.today.as_ref())
        };
        ids.iter()
            .filter_map(called)
            .map(|called| match marked {
                true => provider_text(&called.name, called.status).into_owned(),
                false => called.name.clone(),
            })
            .collect()
    }
}

/// By which names are found that begin with a piece.
fn run_key(text: &str, first: &Piece) -> String {
    key(&text[first.start..first.end])
}

fn means<I: Copy + Eq>(names: &mut HashMap<String, Meaning<I>>, name: String, id: I) {
    names
        .entry(name)
        .and_modify(|meaning| {
            if *meaning != Meaning::One(id) {
                *meaning = Meaning::Several;
            }
        })
        .or_insert(Meaning::One(id));
}

/// Names as they are read, each once.
struct Read<I> {
    ids: Vec<I>,
    seen: HashSet<I>,
    unread: Vec<Unread>,
    unread_texts: HashSet<String>,
}

impl<I> Default for Read<I> {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            seen: HashSet::new(),
            unread: Vec::new(),
            unread_texts: HashSet::new(),
        }
    }
}

impl<I: Copy + Eq + Hash> Read<I> {
    fn push(&mut self, name: Result<I, Unread>) {
        match name {
            Ok(id) => {
                if self.seen.insert(id) {
                    self.ids.push(id);
                }
            }
            Err(unread) => {
                let (Unread::Unknown { text, .. } | Unread::Ambiguous { text }) = &unread;
                if self.unread_texts.insert(text.clone()) {
                    self.unread.push(unread);
                }
            }
        }
    }

    fn done(self) -> Result<Vec<I>, Vec<Unread>> {
        if self.unread.is_empty() {
            Ok(self.ids)
        } else {
            Err(self.unread)
        }
    }
}
