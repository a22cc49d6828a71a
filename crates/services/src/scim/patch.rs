//! Changes of a resource (RFC 7644, 3.5.2), in the spellings that identity providers send.

use super::attribute::{Access, Attribute, ScimKind, Shape, Values, field, find, read_all};
use super::condition;
use super::error::ScimRefusal;
use super::grammar::{self, Filter, Operator, Path, Question};
use domain::search::fold_case;
use serde_json::Value;
use std::collections::HashMap;

/// The schema of a message that changes a resource.
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// One change of one attribute.
struct Operation<'a> {
    verb: Verb,
    path: Path,
    value: Option<&'a Value>,
    /// Named by a path of its own, not by a key of a value.
    addressed: bool,
}

/// Reads a message and applies all of it to the attributes of a resource; at the first wrong operation nothing counts.
pub(super) fn apply(kind: ScimKind, resource: &mut Values, message: &Values) -> Result<(), ScimRefusal> {
    names_schema(message, PATCH)?;
    let operations = field(message, "Operations")
        .and_then(Value::as_array)
        .filter(|operations| !operations.is_empty())
        .ok_or_else(|| ScimRefusal::syntax("Operations is a list of at least one operation."))?;
    let mut read = Vec::with_capacity(operations.len());
    for operation in operations {
        read_operation(operation, &mut read)?;
    }
    for operation in read {
        change(kind, resource, &operation)?;
    }
    Ok(())
}

/// Refuses a body that does not say that it is of this schema.
pub(super) fn names_schema(body: &Values, schema: &str) -> Result<(), ScimRefusal> {
    let named = field(body, "schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| {
            schemas.iter().any(|named| {
                named
                    .as_str()
                    .is_some_and(|named| named.eq_ignore_ascii_case(schema))
            })
        });
    if named {
        Ok(())
    } else {
        Err(ScimRefusal::syntax(format!("schemas must name {schema}.")))
    }
}

/// Without a path, each key of the value is one.
fn read_operation<'a>(operation: &'a Value, read: &mut Vec<Operation<'a>>) -> Result<(), ScimRefusal> {
    let operation = operation
        .as_object()
        .ok_or_else(|| ScimRefusal::syntax("An operation is an object."))?;
    let verb = field(operation, "op").and_then(Value::as_str).unwrap_or_default();
    let verb = match verb.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => return Err(ScimRefusal::syntax("op is add, replace or remove.")),
    };
    let value = field(operation, "value");
    let given = operation.keys().any(|key| key.eq_ignore_ascii_case("value"));
    if let Some(path) = field(operation, "path") {
        let path = path
            .as_str()
            .ok_or_else(|| ScimRefusal::path("path is a text."))?;
        if verb != Verb::Remove && !given {
            return Err(ScimRefusal::value("The operation has no value."));
        }
        read.push(Operation {
            verb,
            path: read_path(path)?,
            value,
            addressed: true,
        });
        return Ok(());
    }
    if verb == Verb::Remove {
        return Err(ScimRefusal::no_target("remove needs a path."));
    }
    let values = value
        .and_then(Value::as_object)
        .ok_or_else(|| ScimRefusal::value("Without a path, the value is an object of attributes."))?;
    for (key, value) in values {
        read.push(Operation {
            verb,
            path: read_path(key)?,
            value: Some(value).filter(|value| !value.is_null()),
            addressed: false,
        });
    }
    Ok(())
}

fn read_path(path: &str) -> Result<Path, ScimRefusal> {
    grammar::path(path).map_err(|_| ScimRefusal::path("The path cannot be read (RFC 7644, 3.5.2)."))
}

fn change(kind: ScimKind, resource: &mut Values, operation: &Operation<'_>) -> Result<(), ScimRefusal> {
    let path = &operation.path;
    let ours = path
        .attribute
        .schema
        .as_ref()
        .is_none_or(|schema| schema.eq_ignore_ascii_case(kind.schema()));
    let Some(attribute) = find(kind.attributes(), &path.attribute.name).filter(|_| ours) else {
        return Ok(());
    };
    if !attribute.is_set_by_clients() {
        return match operation.addressed {
            true => Err(ScimRefusal::mutability(format!(
                "{} is read-only.",
                attribute.name
            ))),
            false => Ok(()),
        };
    }
    if path.filter.is_some() && !matches!(attribute.shape, Shape::Many(_)) {
        let single = format!("{} has one value, which needs no brackets.", attribute.name);
        return Err(ScimRefusal::path(single));
    }
    let sub = path.attribute.sub.as_deref().or(path.sub.as_deref());
    match (attribute.shape, sub) {
        (Shape::One(subs), Some(sub)) => {
            let Some(sub) = find(subs, sub) else {
                return Ok(());
            };
            let entry = resource.entry(attribute.name);
            let inner = entry.or_insert_with(|| Value::Object(Values::new()));
            if let Some(inner) = inner.as_object_mut() {
                set_one(inner, sub, operation)?;
            }
            drop_empty(resource, attribute.name);
            Ok(())
        }
        (Shape::One(subs), None) => set_some(resource, attribute, subs, operation),
        (Shape::Many(subs), sub) => {
            let mut list = elements(resource, attribute.name);
            let done = change_list(&mut list, attribute, subs, sub, operation);
            attribute.not_too_many(list.len())?;
            let list = list.into_iter().map(Value::Object).collect();
            resource.insert(attribute.name.to_owned(), Value::Array(list));
            drop_empty(resource, attribute.name);
            done
        }
        // A single value has no sub-attributes, so that none is kept.
        (_, Some(_)) => Ok(()),
        (_, None) => set_one(resource, attribute, operation),
    }
}

/// What has no value left is not there.
fn drop_empty(resource: &mut Values, name: &str) {
    let empty = resource.get(name).is_some_and(|value| match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    });
    if empty {
        resource.remove(name);
    }
}

/// The elements of an attribute, taken out.
fn elements(resource: &mut Values, name: &str) -> Vec<Values> {
    match resource.remove(name) {
        Some(Value::Array(list)) => list
            .into_iter()
            .filter_map(|item| match item {
                Value::Object(item) => Some(item),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Sets or clears a single value.
fn set_one(
    values: &mut Values,
    attribute: &'static Attribute,
    operation: &Operation<'_>,
) -> Result<(), ScimRefusal> {
    let name = attribute.name;
    if operation.verb == Verb::Remove {
        if attribute.access == Access::Required {
            return Err(ScimRefusal::mutability(format!("{name} is required.")));
        }
        // Whether somebody may sign in is never left open.
        if name != "active" {
            values.remove(name);
        }
        return Ok(());
    }
    match operation.value {
        Some(value) => {
            if let Some(value) = attribute.read(value)? {
                values.insert(name.to_owned(), value);
            }
        }
        None if attribute.access == Access::Required => {
            return Err(ScimRefusal::value(format!("{name} is required.")));
        }
        None if operation.verb == Verb::Replace && name != "active" => {
            values.remove(name);
        }
        None => {}
    }
    Ok(())
}

/// Sets the sub-attributes that are given and leaves the others.
fn set_some(
    resource: &mut Values,
    attribute: &'static Attribute,
    subs: &'static [Attribute],
    operation: &Operation<'_>,
) -> Result<(), ScimRefusal> {
    match (operation.verb, operation.value) {
        (Verb::Remove, _) | (Verb::Replace, None) => {
            resource.remove(attribute.name);
        }
        (Verb::Add, None) => {}
        (_, Some(value)) => {
            let given = attribute.read_object(subs, value)?;
            let entry = resource.entry(attribute.name);
            let inner = entry.or_insert_with(|| Value::Object(Values::new()));
            if let Some(inner) = inner.as_object_mut() {
                inner.extend(given);
            }
            drop_empty(resource, attribute.name);
        }
    }
    Ok(())
}

fn change_list(
    list: &mut Vec<Values>,
    attribute: &'static Attribute,
    subs: &'static [Attribute],
    sub: Option<&str>,
    operation: &Operation<'_>,
) -> Result<(), ScimRefusal> {
    let filter = operation.path.filter.as_ref();
    if let (None, None) = (filter, sub) {
        let given = match operation.value {
            Some(value) => Some(attribute.read_list(subs, value)?),
            None => None,
        };
        match (operation.verb, given) {
            (Verb::Add, Some(given)) => add(list, given, subs),
            (Verb::Add, None) => {}
            (Verb::Replace, given) => *list = with_one_primary(given.unwrap_or_default()),
            (Verb::Remove, Some(given)) => remove(list, &given, subs),
            (Verb::Remove, None) => list.clear(),
        }
        return Ok(());
    }
    let matches = match filter {
        Some(filter) => {
            let condition = condition::of_elements(filter, subs)?;
            list.iter().map(|item| condition.holds(item)).collect()
        }
        None => vec![true; list.len()],
    };
    let sub = match sub.map(|sub| find(subs, sub)) {
        // A sub-attribute that is not kept.
        Some(None) => return Ok(()),
        Some(found) => found,
        None => None,
    };
    if operation.verb == Verb::Remove {
        match sub {
            Some(sub) => {
                for (item, _) in list.iter_mut().zip(&matches).filter(|(_, matches)| **matches) {
                    item.remove(sub.name);
                }
            }
            None => {
                let mut stays = matches.iter().map(|matches| !matches);
                list.retain(|_| stays.next().unwrap_or(true));
            }
        }
        return Ok(());
    }
    let given = match (operation.value, sub) {
        (Some(value), Some(sub)) => {
            let mut given = Values::new();
            if let Some(value) = sub.read(value)? {
                given.insert(sub.name.to_owned(), value);
            }
            given
        }
        (Some(value), None) => match attribute.read_list(subs, value)?.as_slice() {
            [one] => one.clone(),
            _ => {
                return Err(ScimRefusal::value(
                    "The path names one element, so the value is one.",
                ));
            }
        },
        (None, Some(sub)) if operation.verb == Verb::Replace => {
            for (item, _) in list.iter_mut().zip(&matches).filter(|(_, matches)| **matches) {
                item.remove(sub.name);
            }
            return Ok(());
        }
        (None, _) => return Ok(()),
    };
    if !matches.contains(&true) {
        if operation.verb == Verb::Replace && !list.is_empty() {
            return Err(ScimRefusal::no_target("No value matches the path."));
        }
        let mut made = Values::new();
        if let Some(filter) = filter {
            equal_terms(filter, subs, &mut made)?;
        }
        made.extend(given);
        list.push(made);
        let last = list.len() - 1;
        settle_primary(list, &[last]);
        return Ok(());
    }
    let mut touched = Vec::new();
    for (at, _) in matches.iter().enumerate().filter(|(_, matches)| **matches) {
        list[at].extend(given.clone());
        if given.contains_key(PRIMARY) {
            touched.push(at);
        }
    }
    settle_primary(list, &touched);
    Ok(())
}

/// What must be equal for a filter to hold.
fn equal_terms(filter: &Filter, subs: &'static [Attribute], made: &mut Values) -> Result<(), ScimRefusal> {
    match filter {
        Filter::And(a, b) => {
            equal_terms(a, subs, made)?;
            equal_terms(b, subs, made)
        }
        Filter::Attribute(path, Question::Compares(Operator::Eq, value)) => {
            if let Some(sub) = find(subs, &path.name)
                && let Some(value) = sub.read(value)?
            {
                made.insert(sub.name.to_owned(), value);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

const PRIMARY: &str = "primary";
const VALUE: &str = "value";

/// Of the elements that were just set, the last that is primary is the only one that stays so.
fn settle_primary(list: &mut [Values], touched: &[usize]) {
    let is_primary = |item: &Values| item.get(PRIMARY) == Some(&Value::Bool(true));
    let Some(primary) = touched.iter().rev().copied().find(|at| is_primary(&list[*at])) else {
        return;
    };
    for (at, item) in list.iter_mut().enumerate() {
        if at != primary && is_primary(item) {
            item.insert(PRIMARY.to_owned(), Value::Bool(false));
        }
    }
}

/// A list in which at most one element is primary.
pub(super) fn with_one_primary(mut list: Vec<Values>) -> Vec<Values> {
    let all: Vec<usize> = (0..list.len()).collect();
    settle_primary(&mut list, &all);
    list
}

fn folded(item: &Values, name: &str) -> Option<String> {
    item.get(name).and_then(Value::as_str).map(fold_case)
}

/// By what an element is told from others: ids are compared exactly, texts whatever the letter case.
fn key(item: &Values, subs: &'static [Attribute]) -> Option<String> {
    match find(subs, VALUE).map(|sub| sub.shape) {
        Some(Shape::Exact) => item.get(VALUE).and_then(Value::as_str).map(str::to_owned),
        _ => folded(item, VALUE),
    }
}

/// Where each value is in a list.
fn places(list: &[Values], subs: &'static [Attribute]) -> HashMap<Option<String>, Vec<usize>> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, item) in list.iter().enumerate() {
        places.entry(key(item, subs)).or_default().push(at);
    }
    places
}

/// The same value of the same type, or of whatever type where none is given.
fn same_type(one: &Values, given: &Values) -> bool {
    match folded(given, "type") {
        Some(of_type) => folded(one, "type").is_none_or(|other| other == of_type),
        None => true,
    }
}

/// Appends what is not there yet; of what is, the sub-attributes that are given are set.
fn add(list: &mut Vec<Values>, given: Vec<Values>, subs: &'static [Attribute]) {
    let mut places = places(list, subs);
    let mut touched = Vec::with_capacity(given.len());
    for mut item in given {
        let known = places.entry(key(&item, subs)).or_default();
        match known.iter().copied().find(|at| same_type(&list[*at], &item)) {
            Some(at) => {
                item.remove(VALUE);
                list[at].extend(item);
                touched.push(at);
            }
            None => {
                known.push(list.len());
                touched.push(list.len());
                list.push(item);
            }
        }
    }
    settle_primary(list, &touched);
}

fn remove(list: &mut Vec<Values>, given: &[Values], subs: &'static [Attribute]) {
    let places = places(given, subs);
    list.retain(|item| {
        let named = places.get(&key(item, subs));
        !named.is_some_and(|named| named.iter().any(|at| same_type(item, &given[*at])))
    });
}

/// Reads the attributes of a whole resource.
pub(super) fn read_resource(kind: ScimKind, body: &Values) -> Result<Values, ScimRefusal> {
    names_schema(body, kind.schema())?;
    let mut values = read_all(kind.attributes(), body)?;
    let lists = ["emails", "members"].into_iter();
    for name in lists.filter(|name| find(kind.attributes(), name).is_some()) {
        let list = with_one_primary(elements(&mut values, name));
        if !list.is_empty() {
            let list = list.into_iter().map(Value::Object).collect();
            values.insert(name.to_owned(), Value::Array(list));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
