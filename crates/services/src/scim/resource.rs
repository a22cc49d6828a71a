//! Resources as they are answered, and what is made of a user's attributes.

use super::attribute::{ScimKind, Values, find, text};
use super::error::ScimRefusal;
use domain::email::{self, Email};
use domain::search::fold_case;
use domain::{MemberStatus, TeamId, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::scim::{GroupRecord, ScimUserRecord};

/// A resource as it is answered.
#[derive(Clone, Debug)]
pub struct ScimResource {
    /// Its id.
    pub id: String,
    /// Its version, as the `ETag` header has it.
    pub version: String,
    /// Where it is.
    pub location: String,
    /// All its attributes.
    pub(super) values: Values,
}

/// A user's attributes, found good.
pub(super) struct CheckedUser {
    pub(super) user_name: String,
    pub(super) user_name_folded: String,
    pub(super) external_id: Option<String>,
    /// Empty where there is none.
    pub(super) name: String,
    pub(super) email: Email,
    pub(super) active: Option<bool>,
}

/// Checks what a user must have.
pub(super) fn check_user(values: &Values) -> Result<CheckedUser, ScimRefusal> {
    let user_name = text(values, "userName")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| ScimRefusal::value("userName is required and not empty."))?;
    let email = email::check(&address(values, user_name)?)
        .map_err(|why| ScimRefusal::value(format!("The user needs an email address: {why}")))?;
    Ok(CheckedUser {
        user_name_folded: fold_case(user_name),
        external_id: text(values, "externalId").map(str::to_owned),
        name: display_name(values),
        email,
        active: values.get("active").and_then(Value::as_bool),
        user_name: user_name.to_owned(),
    })
}

/// The address that is the member's: the primary one, else the first for work, else the first, else the user name.
fn address(values: &Values, user_name: &str) -> Result<String, ScimRefusal> {
    let emails = values.get("emails").and_then(Value::as_array);
    let emails: Vec<&Values> = emails
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    if emails.iter().any(|email| text(email, "value").is_none()) {
        return Err(ScimRefusal::value("emails.value is required."));
    }
    let primary = emails
        .iter()
        .find(|email| email.get("primary") == Some(&Value::Bool(true)));
    let work = || {
        emails
            .iter()
            .find(|email| text(email, "type").is_some_and(|of| of.eq_ignore_ascii_case("work")))
    };
    let chosen = primary.or_else(work).or(emails.first());
    let value = chosen.and_then(|email| text(email, "value"));
    Ok(value.unwrap_or(user_name).to_owned())
}

/// The member's name; empty where nothing says it.
pub(super) fn display_name(values: &Values) -> String {
    let name = values.get("name").and_then(Value::as_object);
    let part = |part: &str| {
        name.and_then(|name| text(name, part))
            .filter(|text| !text.is_empty())
    };
    let whole = text(values, "displayName").filter(|text| !text.is_empty());
    let name = match whole.or_else(|| part("formatted")) {
        Some(name) => name.to_owned(),
        None => {
            let parts: Vec<&str> = ["givenName", "familyName"].into_iter().filter_map(part).collect();
            parts.join(" ")
        }
    };
    // A name is one line.
    name.replace(|c: char| c.is_control(), " ")
}

/// A user as stored, as a map of the attributes that clients set.
pub(super) fn user_values(record: &ScimUserRecord) -> Result<Values, serde_json::Error> {
    let mut values: Values = serde_json::from_str(&record.kept)?;
    let active = record.status == MemberStatus::Active;
    values.insert("active".to_owned(), Value::Bool(active));
    Ok(values)
}

/// The attributes of a user that are kept beside the member's row, which has the status.
pub(super) fn kept(values: &Values) -> String {
    let mut kept = values.clone();
    kept.remove("active");
    Value::Object(kept).to_string()
}

/// A user as it is answered.
pub(super) fn user(
    base: &str,
    record: &ScimUserRecord,
    mut values: Values,
    groups: &[(TeamId, String)],
) -> ScimResource {
    if !groups.is_empty() {
        let group = |(team, name): &(TeamId, String)| {
            let id = ScimKind::Group.id(team.0);
            json!({ "value": id, "display": name, "$ref": location(base, ScimKind::Group, &id) })
        };
        values.insert("groups".to_owned(), groups.iter().map(group).collect());
    }
    let id = ScimKind::User.id(record.member.0);
    let times = (record.created_at, record.modified_at);
    finished(
        base,
        ScimKind::User,
        id,
        values,
        times,
        (record.version, record.member_version),
    )
}

/// A group as stored, as a map of the attributes that clients set.
pub(super) fn group_values(base: &str, record: &GroupRecord, members: &[store::scim::GroupMember]) -> Values {
    let mut values = Values::new();
    values.insert("displayName".to_owned(), record.name.as_str().into());
    if let Some(id) = &record.external_id {
        values.insert("externalId".to_owned(), id.as_str().into());
    }
    if !members.is_empty() {
        let member = |member: &store::scim::GroupMember| {
            let id = ScimKind::User.id(member.member.0);
            let place = location(base, ScimKind::User, &id);
            let mut json = json!({ "value": id, "type": ScimKind::User.name(), "$ref": place });
            if let (false, Some(json)) = (member.name.is_empty(), json.as_object_mut()) {
                json.insert("display".to_owned(), member.name.as_str().into());
            }
            json
        };
        values.insert("members".to_owned(), members.iter().map(member).collect());
    }
    values
}

/// A group as it is answered.
pub(super) fn group(base: &str, record: &GroupRecord, values: Values) -> ScimResource {
    let id = ScimKind::Group.id(record.team.0);
    let times = (record.created_at, record.modified_at);
    finished(
        base,
        ScimKind::Group,
        id,
        values,
        times,
        (record.version, record.team_version),
    )
}

fn location(base: &str, kind: ScimKind, id: &str) -> String {
    format!("{base}/{}/{id}", kind.endpoint())
}

/// Adds what this server says of a resource. The version covers all that is answered, since people change members and
/// teams as well, and counters, since what is put back is a change too.
fn finished(
    base: &str,
    kind: ScimKind,
    id: String,
    mut values: Values,
    (created, modified): (Timestamp, Timestamp),
    counters: (i64, i64),
) -> ScimResource {
    let location = location(base, kind, &id);
    values.insert("schemas".to_owned(), json!([kind.schema()]));
    values.insert("id".to_owned(), id.as_str().into());
    let said = Value::Object(values.clone()).to_string();
    let digest = Sha256::digest(format!("{} {} {said}", counters.0, counters.1).as_bytes());
    let digest: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let version = format!("W/\"{digest}\"");
    values.insert(
        "meta".to_owned(),
        json!({
            "resourceType": kind.name(),
            "created": created.rfc3339(),
            "lastModified": modified.rfc3339(),
            "location": location,
            "version": version,
        }),
    );
    ScimResource {
        id,
        version,
        location,
        values,
    }
}

/// Which attributes an answer has (RFC 7644, 3.9).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    only: Vec<String>,
    without: Vec<String>,
}

impl Projection {
    /// From the parameters `attributes` and `excludedAttributes`.
    pub fn new(attributes: Option<&str>, excluded: Option<&str>) -> Self {
        let names = |list: Option<&str>| {
            let names = list.unwrap_or_default().split(',').map(str::trim);
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        Self {
            only: names(attributes),
            without: names(excluded),
        }
    }

    /// Whether an attribute is left out whatever its value.
    pub(super) fn lacks(&self, kind: ScimKind, name: &str) -> bool {
        let is = |path: &str| parts(kind, path).0.eq_ignore_ascii_case(name);
        let wanted = self.only.is_empty() || self.only.iter().any(|path| is(path));
        !wanted
            || self
                .without
                .iter()
                .any(|path| is(path) && parts(kind, path).1.is_none())
    }

    /// The attributes of a resource that are answered; its id and schemas always are.
    pub fn apply(&self, kind: ScimKind, resource: &ScimResource) -> Value {
        let mut shown = Values::new();
        for (name, value) in &resource.values {
            let always = name == "id" || name == "schemas";
            if always {
                shown.insert(name.clone(), value.clone());
            } else if !self.lacks(kind, name) {
                let subs = |list: &[String]| -> Vec<String> {
                    let of = list.iter().map(|path| parts(kind, path));
                    of.filter(|(first, _)| first.eq_ignore_ascii_case(name))
                        .filter_map(|(_, sub)| sub.map(str::to_owned))
                        .collect()
                };
                let whole = self.only.iter().any(
                    |path| matches!(parts(kind, path), (first, None) if first.eq_ignore_ascii_case(name)),
                );
                let only = if whole { Vec::new() } else { subs(&self.only) };
                shown.insert(name.clone(), narrowed(value, &only, &subs(&self.without)));
            }
        }
        Value::Object(shown)
    }
}

/// A path without the schema of its kind, at its dot.
fn parts(kind: ScimKind, path: &str) -> (&str, Option<&str>) {
    let schema = kind.schema();
    let rest = match path.get(..schema.len()) {
        Some(start) if start.eq_ignore_ascii_case(schema) => path[schema.len()..].trim_start_matches(':'),
        _ => path,
    };
    match rest.split_once('.') {
        // A dot in a schema's name is none between attributes.
        Some((first, sub)) if find(kind.attributes(), first).is_some() => (first, Some(sub)),
        _ => (rest, None),
    }
}

fn narrowed(value: &Value, only: &[String], without: &[String]) -> Value {
    let named = |list: &[String], key: &str| list.iter().any(|name| name.eq_ignore_ascii_case(key));
    match value {
        Value::Array(list) => list.iter().map(|item| narrowed(item, only, without)).collect(),
        Value::Object(object) => {
            let shown = object
                .iter()
                .filter(|(key, _)| (only.is_empty() || named(only, key)) && !named(without, key));
            Value::Object(shown.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}
