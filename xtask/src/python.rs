//! Reads a list that is written as a Python literal: what genai-prices generates its data as.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// A value of the literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    /// Of something that is defined elsewhere, such as `True`.
    Name(String),
    Text(String),
    /// As it is written.
    Number(String),
    List(Vec<Value>),
    /// With texts as keys.
    Map(BTreeMap<String, Value>),
    Call(Call),
}

/// A value that is made by a class or a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub name: String,
    pub positional: Vec<Value>,
    pub named: BTreeMap<String, Value>,
}

impl Call {
    /// An argument by its name, where it is given and not `None`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.named.get(name).filter(|value| **value != Value::None)
    }

    /// A text by its name.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.get(name) {
            Some(Value::Text(text)) => Ok(text),
            other => bail!("{}: {name} is {other:?} instead of a text", self.name),
        }
    }

    /// A list by its name; empty where it is not given.
    pub fn list(&self, name: &str) -> Result<&[Value]> {
        match self.get(name) {
            Some(Value::List(list)) => Ok(list),
            None => Ok(&[]),
            other => bail!("{}: {name} is {other:?} instead of a list", self.name),
        }
    }
}

impl Value {
    /// The call of this name.
    pub fn call(&self, name: &str) -> Result<&Call> {
        match self {
            Self::Call(call) if call.name == name => Ok(call),
            other => bail!("{other:?} instead of {name}"),
        }
    }
}

/// Reads the list that follows a text, up to its closing bracket.
pub fn list_after(source: &str, start: &str) -> Result<Vec<Value>> {
    let (_, rest) = source
        .split_once(start)
        .with_context(|| format!("there is no {start}"))?;
    let mut reader = Reader { rest };
    match reader.value()? {
        Value::List(list) => Ok(list),
        other => bail!("{other:?} instead of a list"),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a mark, if it is what follows.
    fn takes(&mut self, mark: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn needs(&mut self, mark: char) -> Result<()> {
        ensure!(self.takes(mark), "no {mark} before {:?}", self.rest.get(..40));
        Ok(())
    }

    /// Whatever is separated by commas, up to a closing mark.
    fn until(&mut self, close: char, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        while !self.takes(close) {
            item(self)?;
            if !self.takes(',') {
                return self.needs(close);
            }
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Value> {
        self.skip();
        match self.rest.chars().next().context("the text ends early")? {
            '[' => {
                self.needs('[')?;
                let mut list = Vec::new();
                self.until(']', |reader| {
                    list.push(reader.value()?);
                    Ok(())
                })?;
                Ok(Value::List(list))
            }
            '{' => {
                self.needs('{')?;
                let mut map = BTreeMap::new();
                self.until('}', |reader| {
                    let key = reader.text()?;
                    reader.needs(':')?;
                    map.insert(key, reader.value()?);
                    Ok(())
                })?;
                Ok(Value::Map(map))
            }
            '\'' | '"' => Ok(Value::Text(self.text()?)),
            '0'..='9' | '-' => Ok(Value::Number(
                self.word(|c| c.is_ascii_digit() || "-._".contains(c)),
            )),
            c if c.is_alphabetic() => self.named(),
            c => bail!("{c:?} cannot be read"),
        }
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn named(&mut self) -> Result<Value> {
        let name = self.word(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if name == "None" {
            return Ok(Value::None);
        }
        if !self.takes('(') {
            return Ok(Value::Name(name));
        }
        let (mut positional, mut named) = (Vec::new(), BTreeMap::new());
        self.until(')', |reader| {
            reader.skip();
            let before = reader.rest;
            let word = reader.word(|c| c.is_alphanumeric() || c == '_');
            if !word.is_empty() && reader.takes('=') {
                named.insert(word, reader.value()?);
            } else {
                reader.rest = before;
                positional.push(reader.value()?);
            }
            Ok(())
        })?;
        Ok(Value::Call(Call {
            name,
            positional,
            named,
        }))
    }

    fn text(&mut self) -> Result<String> {
        self.skip();
        let mut chars = self.rest.chars();
        let quote = chars
            .next()
            .filter(|c| matches!(c, '\'' | '"'))
            .context("no text")?;
        let mut text = String::new();
        loop {
            match chars.next().context("a text has no end")? {
                c if c == quote => break,
                '\\' => match chars.next().context("a text has no end")? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    c @ ('\\' | '\'' | '"') => text.push(c),
                    c => bail!("\\{c} in a text cannot be read"),
                },
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Ok(text)
    }
}
