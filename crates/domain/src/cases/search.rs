//! `search.json`: who is found by what.

use crate::MemberStatus;
use serde::Deserialize;

/// A search.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is typed.
    pub query: String,
    /// Who is found; compared as a set.
    pub expect: Vec<String>,
}

impl super::Case for Case {
    const FILE: &'static str = "search.json";
    type Rest = Members;
}

/// Among whom is searched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Members {
    /// In the order in which they are listed.
    pub members: Vec<Member>,
}

/// Somebody, as all see them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// By which the cases name them.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The role's label.
    pub role: String,
    /// Names of teams.
    pub teams: Vec<String>,
    /// Names of virtual keys.
    pub keys: Vec<String>,
    /// Names of allowed providers.
    pub providers: Vec<String>,
    /// The status's label.
    pub status: String,
}

impl Member {
    /// The status with this label.
    ///
    /// # Panics
    /// When there is none.
    pub fn status(&self) -> MemberStatus {
        of_label(MemberStatus::ALL, MemberStatus::label, &self.status)
    }

    /// The role with this label.
    ///
    /// # Panics
    /// When there is none.
    pub fn role(&self) -> crate::Role {
        of_label(crate::Role::ALL, crate::Role::label, &self.role)
    }
}

fn of_label<T: Copy>(all: &[T], label: impl Fn(T) -> &'static str, text: &str) -> T {
    match all.iter().find(|value| label(**value) == text) {
        Some(value) => *value,
        None => panic!("nothing has the label {text:?}"),
    }
}
