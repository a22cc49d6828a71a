//! `scim.json`: requests of directories, what each is answered, and what the organization is afterwards.

use crate::{MemberStatus, Role};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Requests, played in order from a start.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Who sends requests of this kind.
    #[serde(default, rename = "as")]
    pub sent_by: Option<String>,
    /// The name of the start.
    pub start: String,
    /// What is sent.
    pub steps: Vec<Step>,
    /// The whole difference that they make.
    #[serde(default)]
    pub then: Then,
}

impl super::Case for Case {
    const FILE: &'static str = "scim.json";
    type Rest = Rest;
}

/// What the file holds beside its cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// The rules, as sentences for people.
    pub rules: Vec<String>,
    /// The starts by name.
    pub starts: BTreeMap<String, Start>,
}

/// An organization; labels are in the order of creation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// By label.
    pub members: BTreeMap<String, Member>,
    /// By label.
    pub teams: BTreeMap<String, Team>,
    /// Members of another organization, by label.
    pub elsewhere: BTreeMap<String, Elsewhere>,
}

/// Who made something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Source {
    Hand,
    Scim,
}

/// What a request to an allowed provider with the member's key gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// An answer.
    Work,
    /// `member_suspended`.
    Refused,
    /// There is no key.
    None,
}

/// All facts about a member.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Member {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub status: MemberStatus,
    pub source: Source,
    /// Whether SCIM sees and keeps them.
    pub managed: bool,
    /// The address of the sign-in account, where it matters.
    #[serde(default)]
    pub account: Option<String>,
    /// Slugs of the allowed providers.
    pub providers: Vec<String>,
    /// How many are open.
    pub sessions: usize,
    pub keys: Keys,
    /// The resource of a managed one.
    #[serde(default)]
    pub scim: Option<BTreeMap<String, Value>>,
}

/// The facts about a member that have changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MemberChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<Role>,
    pub status: Option<MemberStatus>,
    pub source: Option<Source>,
    pub managed: Option<bool>,
    pub account: Option<String>,
    pub providers: Option<Vec<String>>,
    pub sessions: Option<usize>,
    pub keys: Option<Keys>,
}

/// All facts about a team.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Team {
    pub name: String,
    pub source: Source,
    #[serde(default, rename = "externalId")]
    pub external_id: Option<String>,
    /// Labels.
    pub members: Vec<String>,
    /// Those whom a person put in.
    pub by_hand: Vec<String>,
}

/// The facts about a team that have changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TeamChange {
    pub name: Option<String>,
    pub source: Option<Source>,
    pub members: Option<Vec<String>>,
    pub by_hand: Option<Vec<String>>,
}

/// A user of another organization's SCIM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// The other organization.
    pub organization: String,
    /// The member's address.
    pub email: String,
    /// Their user name.
    #[serde(rename = "userName")]
    pub user_name: String,
}

/// One request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is sent.
    pub send: Send,
    /// What comes back.
    pub expect: Expect,
}

/// Which token a request carries instead of the live one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Token {
    None,
    Unknown,
    Revoked,
    Expired,
    /// A live one of another organization.
    Other,
}

/// A request; `{label}` in any text stands for an id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The method.
    pub method: String,
    /// Below SCIM's address; with a `?` in it, as it is sent.
    pub path: String,
    /// Not yet percent-encoded.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The token, where it is not the live one.
    #[serde(default)]
    pub token: Option<Token>,
    /// The media type of the body, where it is not SCIM's.
    #[serde(default, rename = "type")]
    pub media_type: Option<String>,
    /// A body that is JSON.
    #[serde(default, deserialize_with = "given")]
    pub body: Option<Value>,
    /// A body that is sent as it stands.
    #[serde(default)]
    pub text: Option<String>,
    /// The octets to which the body is filled up with spaces.
    #[serde(default)]
    pub size: Option<usize>,
}

/// What is compared of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The HTTP status.
    pub status: u16,
    /// The kind of error; null is that none is given.
    #[serde(default, rename = "scimType", deserialize_with = "given")]
    pub scim_type: Option<Option<String>>,
    /// Headers that are there with these values.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Attributes that are not there, sub-attributes after a dot.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Contained in the answer.
    #[serde(default, deserialize_with = "given")]
    pub body: Option<Value>,
    /// The answer of a list.
    #[serde(default)]
    pub list: Option<List>,
    /// What is remembered of the answer.
    #[serde(default)]
    pub keep: Keep,
}

/// The answer of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// How many match.
    pub total: u64,
    /// The first that is answered, from 1 on.
    #[serde(default)]
    pub first: Option<u64>,
    /// In order.
    pub ids: Vec<String>,
    /// What is compared of every element.
    #[serde(default)]
    pub each: Each,
}

/// What is compared of every element of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Each {
    /// Attributes that are not there.
    pub absent: Vec<String>,
    /// Contained in the element.
    #[serde(deserialize_with = "given")]
    pub body: Option<Value>,
}

/// Names under which parts of an answer are remembered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// The resource's id.
    pub id: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
}

/// The difference between the start and the end.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Then {
    /// By label.
    pub members: BTreeMap<String, MemberChange>,
    /// By label.
    pub teams: BTreeMap<String, TeamChange>,
    /// Members that were not there, by the name of their id.
    pub new: BTreeMap<String, Member>,
    /// Teams that were not there.
    pub new_teams: BTreeMap<String, Team>,
    /// Labels of members that are gone.
    pub removed: Vec<String>,
    /// Labels of teams that are gone.
    pub removed_teams: Vec<String>,
}

/// A value that is there, null included.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
