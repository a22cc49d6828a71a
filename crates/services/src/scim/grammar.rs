//! Filters and paths as they are written (RFC 7644, figures 1 and 7): read without knowing which attributes there are.

use serde_json::Value;

/// Parentheses within parentheses; nobody writes so many.
const DEPTH: usize = 32;

/// The name of an attribute, perhaps of a schema, perhaps with a sub-attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttributePath {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) sub: Option<String>,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// What is asked of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether it has a value.
    Present,
    /// How its value compares with a string, number, boolean or null.
    Compares(Operator, Value),
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Attribute(AttributePath, Question),
    /// `emails[type eq "work"]`, perhaps with `.value co "@"` after it, both of the same element.
    Element(AttributePath, Box<Filter>, Option<(String, Question)>),
}

/// The path of a change: `name.givenName`, `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) attribute: AttributePath,
    pub(super) filter: Option<Filter>,
    /// The sub-attribute after the brackets.
    pub(super) sub: Option<String>,
}

/// It is not written as the grammar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

type Read<T> = Result<T, Malformed>;

/// Reads a whole filter.
pub(super) fn filter(text: &str) -> Read<Filter> {
    let mut reader = Reader { rest: text, depth: 0 };
    let filter = reader.either()?;
    reader.spaces();
    if reader.rest.is_empty() {
        Ok(filter)
    } else {
        Err(Malformed)
    }
}

/// Reads a whole path.
pub(super) fn path(text: &str) -> Read<Path> {
    let Some(at) = text.find('[') else {
        return Ok(Path {
            attribute: attribute_path(text)?,
            filter: None,
            sub: None,
        });
    };
    let mut reader = Reader {
        rest: &text[at..],
        depth: 0,
    };
    let filter = reader.brackets()?;
    let sub = match reader.rest {
        "" => None,
        rest => Some(name(rest.strip_prefix('.').ok_or(Malformed)?)?),
    };
    let attribute = attribute_path(&text[..at])?;
    if attribute.sub.is_some() {
        return Err(Malformed);
    }
    Ok(Path {
        attribute,
        filter: Some(filter),
        sub,
    })
}

/// The last colon parts a schema from an attribute: schemas have dots in their names.
fn attribute_path(text: &str) -> Read<AttributePath> {
    let is_urn = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    let (schema, rest) = match text.rsplit_once(':') {
        Some((schema, rest)) if is_urn => (Some(schema.to_owned()), rest),
        _ => (None, text),
    };
    let (first, sub) = match rest.split_once('.') {
        Some((first, sub)) => (first, Some(name(sub)?)),
        None => (rest, None),
    };
    Ok(AttributePath {
        schema,
        name: name(first)?,
        sub,
    })
}

fn name(text: &str) -> Read<String> {
    let mut chars = text.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '$');
    let goes_on = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'));
    if starts && goes_on {
        Ok(text.to_owned())
    } else {
        Err(Malformed)
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn takes(&mut self, mark: char) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// What comes before the next space, bracket, parenthesis or quote.
    fn peek_word(&self) -> &'a str {
        let end = self.rest.find([' ', '(', ')', '[', ']', '"']);
        &self.rest[..end.unwrap_or(self.rest.len())]
    }

    fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.rest = &self.rest[word.len()..];
        word
    }

    /// Takes a word that parts conditions, which stands alone.
    fn takes_word(&mut self, word: &str) -> bool {
        self.spaces();
        let found = self.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.word();
        }
        found
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Malformed);
        }
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn either(&mut self) -> Read<Filter> {
        let mut filter = self.both()?;
        while self.takes_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both()?));
        }
        Ok(filter)
    }

    fn both(&mut self) -> Read<Filter> {
        let mut filter = self.one()?;
        while self.takes_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Read<Filter> {
        self.spaces();
        if self.rest.starts_with('(') {
            return self.parentheses();
        }
        let word = self.word();
        if word.eq_ignore_ascii_case("not") {
            self.spaces();
            return Ok(Filter::Not(Box::new(self.parentheses()?)));
        }
        let path = attribute_path(word)?;
        if !self.rest.starts_with('[') {
            return Ok(Filter::Attribute(path, self.question()?));
        }
        let within = Box::new(self.brackets()?);
        let after = match self.takes('.') {
            true => {
                let sub = name(self.word())?;
                Some((sub, self.question()?))
            }
            false => None,
        };
        Ok(Filter::Element(path, within, after))
    }

    fn parentheses(&mut self) -> Read<Filter> {
        if !self.takes('(') {
            return Err(Malformed);
        }
        let filter = self.deeper(Self::either)?;
        self.spaces();
        if self.takes(')') {
            Ok(filter)
        } else {
            Err(Malformed)
        }
    }

    fn brackets(&mut self) -> Read<Filter> {
        if !self.takes('[') {
            return Err(Malformed);
        }
        let filter = self.deeper(Self::either)?;
        self.spaces();
        if self.takes(']') {
            Ok(filter)
        } else {
            Err(Malformed)
        }
    }

    /// The operator and the value after an attribute.
    fn question(&mut self) -> Read<Question> {
        if !self.takes(' ') {
            return Err(Malformed);
        }
        self.spaces();
        let operator = match self.word().to_ascii_lowercase().as_str() {
            "pr" => return Ok(Question::Present),
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "co" => Operator::Co,
            "sw" => Operator::Sw,
            "ew" => Operator::Ew,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            _ => return Err(Malformed),
        };
        if !self.takes(' ') {
            return Err(Malformed);
        }
        self.spaces();
        Ok(Question::Compares(operator, self.literal()?))
    }

    /// A string, number, boolean or null, as JSON writes them; the words in any letter case.
    fn literal(&mut self) -> Read<Value> {
        if !self.rest.starts_with('"') {
            let word = self.word().to_ascii_lowercase();
            let value: Value = serde_json::from_str(&word).map_err(|_| Malformed)?;
            return match value {
                Value::Bool(_) | Value::Number(_) | Value::Null => Ok(value),
                _ => Err(Malformed),
            };
        }
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        });
        let (at, _) = end.ok_or(Malformed)?;
        let (string, rest) = self.rest.split_at(at + 1);
        self.rest = rest;
        serde_json::from_str(string).map_err(|_| Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_binds_before_and_and_before_or() {
        let found = filter(r#"NOT (a pr) and b eq 1 OR c.d Eq "x\" y""#).unwrap();
        let Filter::Or(left, right) = found else {
            panic!("{found:?}")
        };
        assert!(
            matches!(&*left, Filter::And(not, _) if matches!(&**not, Filter::Not(_))),
            "{left:?}"
        );
        let Filter::Attribute(path, Question::Compares(Operator::Eq, value)) = *right else {
            panic!("{right:?}")
        };
        assert_eq!((path.name.as_str(), path.sub.as_deref()), ("c", Some("d")));
        assert_eq!(value, "x\" y");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "",
            " ",
            "a",
            "a eq",
            "a eq x",
            "a eq\"x\"",
            "a eq \"x\" \"y\"",
            "a eq \"x\" and",
            "(a pr",
            "a pr)",
            "not a pr",
            "a[b pr",
            "a[b pr]]",
            "a[]",
            "a..b pr",
            "a.b.c pr",
            "a eq [1]",
            "a eq \"x",
            "a like \"x\"",
            "a prx",
            "a pr b pr",
            ".a pr",
            "a[b pr].c",
        ] {
            assert_eq!(filter(text), Err(Malformed), "{text:?}");
        }
        let deep = format!("{}a pr{}", "(".repeat(DEPTH + 1), ")".repeat(DEPTH + 1));
        assert_eq!(filter(&deep), Err(Malformed));
    }

    #[test]
    fn the_last_colon_parts_schema_and_attribute() {
        let found = path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value").unwrap();
        assert_eq!(found.attribute.name, "manager");
        assert_eq!(found.attribute.sub.as_deref(), Some("value"));
        let found = path("URN:x:User:emails[type eq \"a].b\"].value").unwrap();
        assert_eq!(
            (found.attribute.name.as_str(), found.sub.as_deref()),
            ("emails", Some("value"))
        );
        for text in [
            "",
            "name..givenName",
            "a.b.c",
            "emails[type eq \"work\"",
            "emails[x].y",
            "a b",
            "emails[a pr]y",
        ] {
            assert_eq!(path(text), Err(Malformed), "{text:?}");
        }
    }
}
