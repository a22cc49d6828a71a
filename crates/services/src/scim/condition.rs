//! Filters as they apply to resources (RFC 7644, 3.4.2.2): attributes that are kept, operators that fit them.

use super::attribute::{Access, Attribute, ScimKind, Shape, Values, find, flag};
use super::error::ScimRefusal;
use super::grammar::{self, AttributePath, Filter, Operator, Question};
use domain::search::fold_case;
use serde_json::Value;
use store::scim::Which;

/// What a resource, or one element of it, is tested for.
#[derive(Debug)]
pub(super) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    /// Of the value under one name, or under two.
    Value(&'static str, Option<&'static str>, Test),
    /// That an element under this name is such.
    Any(&'static str, Box<Condition>),
}

/// What a value is tested for.
#[derive(Debug)]
pub(super) enum Test {
    Present,
    Absent,
    Text(Operator, String),
    Exact(Operator, String),
    Flag(bool),
    /// In milliseconds since 1970.
    Instant(Operator, i64),
}

/// Reads a filter on resources of a kind.
pub(super) fn read(kind: ScimKind, text: &str) -> Result<Condition, ScimRefusal> {
    let filter = grammar::filter(text)
        .map_err(|_| ScimRefusal::filter("The filter cannot be read (RFC 7644, 3.4.2.2)."))?;
    bind(&filter, Some(kind), kind.attributes())
}

/// Applies a filter to the elements of an attribute.
pub(super) fn of_elements(filter: &Filter, subs: &'static [Attribute]) -> Result<Condition, ScimRefusal> {
    bind(filter, None, subs)
}

/// `kind` is that of whole resources; none within brackets.
fn bind(
    filter: &Filter,
    kind: Option<ScimKind>,
    attributes: &'static [Attribute],
) -> Result<Condition, ScimRefusal> {
    let boxed = |filter: &Filter| bind(filter, kind, attributes).map(Box::new);
    Ok(match filter {
        Filter::And(a, b) => Condition::And(boxed(a)?, boxed(b)?),
        Filter::Or(a, b) => Condition::Or(boxed(a)?, boxed(b)?),
        Filter::Not(a) => Condition::Not(boxed(a)?),
        Filter::Attribute(path, question) => {
            let attribute = known(path, kind, attributes)?;
            let sub = path.sub.as_deref();
            match attribute.shape {
                Shape::One(_) if sub.is_none() => match question {
                    Question::Present => Condition::Value(attribute.name, None, Test::Present),
                    Question::Compares(..) => return Err(unfit(attribute.name)),
                },
                Shape::One(subs) => {
                    let sub = sub_of(subs, sub.unwrap_or_default())?;
                    Condition::Value(attribute.name, Some(sub.name), test(sub, question)?)
                }
                // Without a sub-attribute, the value is meant (RFC 7644, 3.4.2.2).
                Shape::Many(subs) => any(attribute, subs, None, Some((sub.unwrap_or("value"), question)))?,
                _ if sub.is_some() => return Err(unknown(&path.name)),
                _ => Condition::Value(attribute.name, None, test(attribute, question)?),
            }
        }
        Filter::Element(path, within, after) => {
            let attribute = known(path, kind, attributes)?;
            let Shape::Many(subs) = attribute.shape else {
                return Err(unfit(attribute.name));
            };
            if path.sub.is_some() {
                return Err(unknown(&path.name));
            }
            let after = after.as_ref().map(|(sub, question)| (sub.as_str(), question));
            any(attribute, subs, Some(within), after)?
        }
    })
}

fn any(
    attribute: &'static Attribute,
    subs: &'static [Attribute],
    within: Option<&Filter>,
    after: Option<(&str, &Question)>,
) -> Result<Condition, ScimRefusal> {
    let within = within.map(|filter| of_elements(filter, subs)).transpose()?;
    let after = match after {
        Some((name, question)) => {
            let sub = sub_of(subs, name)?;
            Some(Condition::Value(sub.name, None, test(sub, question)?))
        }
        None => None,
    };
    let element = match (within, after) {
        (Some(a), Some(b)) => Condition::And(Box::new(a), Box::new(b)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return Err(unfit(attribute.name)),
    };
    Ok(Condition::Any(attribute.name, Box::new(element)))
}

fn known(
    path: &AttributePath,
    kind: Option<ScimKind>,
    attributes: &'static [Attribute],
) -> Result<&'static Attribute, ScimRefusal> {
    let ours = match (&path.schema, kind) {
        (None, _) => true,
        (Some(schema), Some(kind)) => schema.eq_ignore_ascii_case(kind.schema()),
        (Some(_), None) => false,
    };
    find(attributes, &path.name)
        .filter(|attribute| ours && attribute.access != Access::Derived)
        .ok_or_else(|| unknown(&path.name))
}

fn sub_of(subs: &'static [Attribute], name: &str) -> Result<&'static Attribute, ScimRefusal> {
    find(subs, name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> ScimRefusal {
    ScimRefusal::filter(format!("{name} cannot be filtered by: it is not kept."))
}

fn unfit(name: &str) -> ScimRefusal {
    ScimRefusal::filter(format!("The operator or the value does not fit {name}."))
}

fn test(attribute: &'static Attribute, question: &Question) -> Result<Test, ScimRefusal> {
    use Operator::{Co, Eq, Ew, Ne, Sw};
    let unfit = || unfit(attribute.name);
    let (operator, value) = match question {
        Question::Present => return Ok(Test::Present),
        Question::Compares(Eq, Value::Null) => return Ok(Test::Absent),
        Question::Compares(Ne, Value::Null) => return Ok(Test::Present),
        Question::Compares(operator, value) => (*operator, value),
    };
    match attribute.shape {
        Shape::Text | Shape::Exact => {
            let text = value.as_str().ok_or_else(unfit)?;
            Ok(match attribute.shape {
                Shape::Exact => Test::Exact(operator, text.to_owned()),
                _ => Test::Text(operator, fold_case(text)),
            })
        }
        Shape::Flag => {
            let wanted = flag(value).ok_or_else(unfit)?;
            match operator {
                Eq => Ok(Test::Flag(wanted)),
                Ne => Ok(Test::Flag(!wanted)),
                _ => Err(unfit()),
            }
        }
        Shape::Instant if matches!(operator, Co | Sw | Ew) => Err(unfit()),
        Shape::Instant => {
            let at = value.as_str().and_then(instant).ok_or_else(unfit)?;
            Ok(Test::Instant(operator, at))
        }
        Shape::One(_) | Shape::Many(_) => Err(unfit()),
    }
}

/// An instant of RFC 3339, in milliseconds since 1970.
fn instant(text: &str) -> Option<i64> {
    let (clock, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let at = text.len().checked_sub(6)?;
            let (clock, offset) = (text.get(..at)?, text.get(at..)?);
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            match offset.chars().next()? {
                '+' => (clock, minutes),
                '-' => (clock, -minutes),
                _ => return None,
            }
        }
    };
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let at = domain::Timestamp::read(&seconds.replacen('t', "T", 1))?;
    Some(at.0 + milliseconds - offset * domain::Timestamp::MINUTE)
}

impl Condition {
    /// Whether a resource, or an element, is such.
    pub(super) fn holds(&self, values: &Values) -> bool {
        match self {
            Self::And(a, b) => a.holds(values) && b.holds(values),
            Self::Or(a, b) => a.holds(values) || b.holds(values),
            Self::Not(a) => !a.holds(values),
            Self::Value(name, sub, test) => {
                let value = values.get(*name);
                test.holds(match sub {
                    Some(sub) => value.and_then(|value| value.get(*sub)),
                    None => value,
                })
            }
            Self::Any(name, element) => {
                let list = values.get(*name).and_then(Value::as_array);
                list.is_some_and(|list| {
                    list.iter()
                        .any(|item| item.as_object().is_some_and(|item| element.holds(item)))
                })
            }
        }
    }

    /// A narrower look than at every resource, which finds all those that are such.
    pub(super) fn narrowed(&self, kind: ScimKind) -> Option<Which<'_>> {
        /// Of nobody: ids are positive.
        const NOBODY: Which<'static> = Which::Id(-1);
        match self {
            // Nothing that is stored holds a NUL, and PostgreSQL cannot be asked for one.
            Self::Value(_, None, Test::Exact(Operator::Eq, text) | Test::Text(Operator::Eq, text))
                if text.contains('\0') =>
            {
                Some(NOBODY)
            }
            Self::And(a, b) => a.narrowed(kind).or_else(|| b.narrowed(kind)),
            Self::Value("id", None, Test::Exact(Operator::Eq, id)) => {
                Some(kind.number(id).map_or(NOBODY, Which::Id))
            }
            Self::Value("externalId", None, Test::Exact(Operator::Eq, id)) => Some(Which::ExternalId(id)),
            Self::Value("userName", None, Test::Text(Operator::Eq, name)) if kind == ScimKind::User => {
                Some(Which::Name(name))
            }
            _ => None,
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        let present = value.is_some_and(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            Value::Object(object) => !object.is_empty(),
            _ => true,
        });
        match self {
            Self::Present => present,
            Self::Absent => !present,
            Self::Flag(wanted) => value.and_then(Value::as_bool) == Some(*wanted),
            Self::Text(operator, wanted) => match value.and_then(Value::as_str) {
                Some(text) => compares(*operator, &fold_case(text), wanted),
                None => *operator == Operator::Ne,
            },
            Self::Exact(operator, wanted) => match value.and_then(Value::as_str) {
                Some(text) => compares(*operator, text, wanted),
                None => *operator == Operator::Ne,
            },
            Self::Instant(operator, wanted) => match value.and_then(Value::as_str).and_then(instant) {
                Some(at) => match operator {
                    Operator::Eq => at == *wanted,
                    Operator::Ne => at != *wanted,
                    Operator::Gt => at > *wanted,
                    Operator::Ge => at >= *wanted,
                    Operator::Lt => at < *wanted,
                    Operator::Le => at <= *wanted,
                    Operator::Co | Operator::Sw | Operator::Ew => false,
                },
                None => *operator == Operator::Ne,
            },
        }
    }
}

fn compares(operator: Operator, text: &str, wanted: &str) -> bool {
    match operator {
        Operator::Eq => text == wanted,
        Operator::Ne => text != wanted,
        Operator::Co => text.contains(wanted),
        Operator::Sw => text.starts_with(wanted),
        Operator::Ew => text.ends_with(wanted),
        Operator::Gt => text > wanted,
        Operator::Ge => text >= wanted,
        Operator::Lt => text < wanted,
        Operator::Le => text <= wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(filter: &str) -> bool {
        let user = json!({
            "id": "u7", "userName": "Straße", "externalId": "AbC", "active": true,
            "name": { "familyName": "Unger" },
            "emails": [{ "value": "a@example.com", "type": "work", "primary": false },
                       { "value": "b@example.com", "type": "home", "primary": true }],
            "meta": { "created": "2026-03-01T12:00:00Z" },
        });
        let condition = read(ScimKind::User, filter).unwrap_or_else(|why| panic!("{filter}: {why:?}"));
        condition.holds(user.as_object().unwrap())
    }

    #[test]
    fn each_operator_on_what_it_fits() {
        for yes in [
            r#"userName eq "STRASSE""#,
            r#"externalId eq "AbC""#,
            r#"externalId ne "abc""#,
            r#"name.familyName gt "UNGEr" or name.familyName ge "unger""#,
            r#"name.givenName ne "x" and not (name.givenName pr)"#,
            r#"displayName eq null and userName ne null"#,
            r#"active eq TRUE and active ne "False""#,
            r#"emails co "B@example" and emails pr and name pr"#,
            r#"emails[type eq "work" and not (primary eq true)].value sw "a""#,
            r#"meta.created eq "2026-03-01T13:30:00.000+01:30""#,
            r#"meta.created lt "2026-03-01T12:00:00.001Z""#,
            r#"urn:IETF:params:scim:schemas:core:2.0:User:userName pr"#,
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in [
            r#"emails[type eq "work" and value sw "b"]"#,
            r#"emails[type eq "home"].value sw "a""#,
            r#"displayName co """#,
            r#"meta.created gt "2026-03-01T12:00:00Z""#,
        ] {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in [
            "active gt true",
            "active eq 1",
            "active sw \"t\"",
            "userName eq true",
            "userName gt null",
            "name eq \"x\"",
            "name[familyName pr]",
            "name.nickName pr",
            "userName.x pr",
            "emails[shoe eq \"x\"]",
            "emails.value[type pr]",
            "meta.created eq \"yesterday\"",
            "meta.created co \"2026\"",
            "groups pr",
            "schemas eq \"x\"",
            "members pr",
            "urn:x:User:userName pr",
        ] {
            let refused = read(ScimKind::User, text).unwrap_err();
            assert_eq!(refused.scim_type, Some("invalidFilter"), "{text}");
        }
    }
}
