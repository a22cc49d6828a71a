//! The attributes that are known, and reading their values out of what clients send.
//!
//! A resource is handled as a map of the attributes that are kept, spelled as RFC 7643 does, each with a value of its
//! type. Everything else has been left out of it, null included.

use super::error::ScimRefusal;
use domain::limits::{SCIM_TEXT_CHARS, SCIM_VALUES};
use serde_json::{Map, Value};

/// The attributes of a resource or of one element, by name.
pub(super) type Values = Map<String, Value>;

/// What values an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text that is compared whatever the letter case.
    Text,
    /// A text that is compared exactly.
    Exact,
    /// True or false.
    Flag,
    /// An instant, as text.
    Instant,
    /// One value with sub-attributes.
    One(&'static [Attribute]),
    /// Any number of values with sub-attributes.
    Many(&'static [Attribute]),
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// The client, who may leave it out.
    Kept,
    /// The client, who must.
    Required,
    /// This server.
    ReadOnly,
    /// This server, and filters do not know it.
    Derived,
}

/// An attribute or sub-attribute.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) access: Access,
}

const fn attribute(name: &'static str, shape: Shape, access: Access) -> Attribute {
    Attribute { name, shape, access }
}

const NAME: &[Attribute] = &[
    attribute("formatted", Shape::Text, Access::Kept),
    attribute("familyName", Shape::Text, Access::Kept),
    attribute("givenName", Shape::Text, Access::Kept),
    attribute("middleName", Shape::Text, Access::Kept),
    attribute("honorificPrefix", Shape::Text, Access::Kept),
    attribute("honorificSuffix", Shape::Text, Access::Kept),
];

const EMAILS: &[Attribute] = &[
    attribute("value", Shape::Text, Access::Required),
    attribute("type", Shape::Text, Access::Kept),
    attribute("primary", Shape::Flag, Access::Kept),
    attribute("display", Shape::Text, Access::Kept),
];

const MEMBERS: &[Attribute] = &[
    attribute("value", Shape::Exact, Access::Required),
    attribute("type", Shape::Text, Access::Kept),
    attribute("display", Shape::Text, Access::Kept),
    attribute("$ref", Shape::Exact, Access::Kept),
];

const META: &[Attribute] = &[
    attribute("resourceType", Shape::Text, Access::ReadOnly),
    attribute("created", Shape::Instant, Access::ReadOnly),
    attribute("lastModified", Shape::Instant, Access::ReadOnly),
    attribute("location", Shape::Text, Access::ReadOnly),
    attribute("version", Shape::Text, Access::ReadOnly),
];

const USER: &[Attribute] = &[
    attribute("id", Shape::Exact, Access::ReadOnly),
    attribute("schemas", Shape::Text, Access::Derived),
    attribute("meta", Shape::One(META), Access::ReadOnly),
    attribute("groups", Shape::Text, Access::Derived),
    attribute("userName", Shape::Text, Access::Required),
    attribute("externalId", Shape::Exact, Access::Kept),
    attribute("displayName", Shape::Text, Access::Kept),
    attribute("name", Shape::One(NAME), Access::Kept),
    attribute("emails", Shape::Many(EMAILS), Access::Kept),
    attribute("active", Shape::Flag, Access::Kept),
];

const GROUP: &[Attribute] = &[
    attribute("id", Shape::Exact, Access::ReadOnly),
    attribute("schemas", Shape::Text, Access::Derived),
    attribute("meta", Shape::One(META), Access::ReadOnly),
    attribute("displayName", Shape::Text, Access::Required),
    attribute("externalId", Shape::Exact, Access::Kept),
    attribute("members", Shape::Many(MEMBERS), Access::Kept),
];

/// The two types of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimKind {
    /// A member.
    User,
    /// A team.
    Group,
}

impl ScimKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// Where its resources are, below SCIM's address.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// The core schema.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => "urn:ietf:params:scim:schemas:core:2.0:User",
            Self::Group => "urn:ietf:params:scim:schemas:core:2.0:Group",
        }
    }

    pub(super) fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }

    /// What begins its ids: a user's must never be taken for a group's.
    fn prefix(self) -> char {
        match self {
            Self::User => 'u',
            Self::Group => 'g',
        }
    }

    pub(super) fn id(self, id: i64) -> String {
        format!("{}{id}", self.prefix())
    }

    /// The number in an id, which is spelled in one way only.
    pub(super) fn number(self, id: &str) -> Option<i64> {
        let number = id.strip_prefix(self.prefix())?.parse().ok()?;
        (self.id(number) == id).then_some(number)
    }
}

/// The attribute of a name in any letter case.
pub(super) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The value under a name in any letter case; null is none.
pub(super) fn field<'a>(object: &'a Values, name: &str) -> Option<&'a Value> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .next()
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// Reads the attributes that clients set; the others, and unknown ones, are left out.
pub(super) fn read_all(attributes: &'static [Attribute], object: &Values) -> Result<Values, ScimRefusal> {
    let mut values = Values::new();
    for (key, value) in object {
        let Some(attribute) = find(attributes, key) else {
            continue;
        };
        if !attribute.is_set_by_clients() {
            continue;
        }
        let Some(value) = attribute.read(value)? else {
            continue;
        };
        if values.insert(attribute.name.to_owned(), value).is_some() {
            return Err(ScimRefusal::syntax(format!("{} is given twice.", attribute.name)));
        }
    }
    Ok(values)
}

impl Attribute {
    pub(super) fn is_set_by_clients(&self) -> bool {
        matches!(self.access, Access::Kept | Access::Required)
    }

    /// Reads one value; null is none.
    pub(super) fn read(&'static self, value: &Value) -> Result<Option<Value>, ScimRefusal> {
        if value.is_null() {
            return Ok(None);
        }
        Ok(Some(match self.shape {
            Shape::Text | Shape::Exact | Shape::Instant => Value::String(self.read_text(value)?),
            Shape::Flag => Value::Bool(
                flag(value).ok_or_else(|| ScimRefusal::value(format!("{} is true or false.", self.name)))?,
            ),
            Shape::One(subs) => Value::Object(self.read_object(subs, value)?),
            Shape::Many(subs) => {
                let list = self.read_list(subs, value)?;
                Value::Array(list.into_iter().map(Value::Object).collect())
            }
        }))
    }

    fn read_text(&self, value: &Value) -> Result<String, ScimRefusal> {
        let text = value
            .as_str()
            .ok_or_else(|| ScimRefusal::value(format!("{} is a text.", self.name)))?;
        if text.contains('\0') {
            return Err(ScimRefusal::value(format!(
                "{} holds a character that cannot be stored.",
                self.name
            )));
        }
        if text.chars().count() > SCIM_TEXT_CHARS {
            return Err(ScimRefusal::value(format!(
                "{} is longer than {SCIM_TEXT_CHARS} characters.",
                self.name
            )));
        }
        Ok(text.to_owned())
    }

    /// Reads a value with sub-attributes.
    pub(super) fn read_object(
        &self,
        subs: &'static [Attribute],
        value: &Value,
    ) -> Result<Values, ScimRefusal> {
        let object = value.as_object().ok_or_else(|| {
            ScimRefusal::value(format!(
                "{} has sub-attributes, so its value is an object.",
                self.name
            ))
        })?;
        read_all(subs, object)
    }

    /// Reads a list of values with sub-attributes; one by itself is a list of one.
    pub(super) fn read_list(
        &self,
        subs: &'static [Attribute],
        value: &Value,
    ) -> Result<Vec<Values>, ScimRefusal> {
        let one = std::slice::from_ref(value);
        let items = value.as_array().map_or(one, Vec::as_slice);
        self.not_too_many(items.len())?;
        items.iter().map(|item| self.read_object(subs, item)).collect()
    }

    /// Refuses a list that nobody has. Members are as many as the body can name.
    pub(super) fn not_too_many(&self, length: usize) -> Result<(), ScimRefusal> {
        if self.name != "members" && length > SCIM_VALUES {
            let most = format!("{} has more than {SCIM_VALUES} values.", self.name);
            return Err(ScimRefusal::value(most));
        }
        Ok(())
    }
}

/// True or false, also as a word in any letter case.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A text among values.
pub(super) fn text<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.get(name).and_then(Value::as_str)
}
