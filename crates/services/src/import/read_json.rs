//! Reads a JSON file member by member, twice: first what keys there are and what the export wrote of itself, which may
//! stand after the members, then the members.

use super::{ReadError, Sink};
use crate::export::STATE_KEY;
use domain::import::Cell;
use domain::limits::{IMPORT_BYTES, IMPORT_COLUMNS, IMPORT_VALUES};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};

/// The list that is read.
const MEMBERS: &str = "members";
/// Some programs put it before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the members of an object as the export writes it.
pub(super) fn read(mut file: File, sink: &mut Sink) -> Result<(), ReadError> {
    if file.metadata()?.len() > IMPORT_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut outline = Outline::default();
    walk(&mut file, &mut outline)?;
    if !outline.has_members {
        return Err(ReadError::Shape("There is no list of members.".to_owned()));
    }
    if outline.keys.len() > IMPORT_COLUMNS {
        return Err(ReadError::TooManyColumns);
    }
    let titles = outline.keys.iter().cloned().map(Cell::Text).collect();
    sink.head(titles, outline.state)?;
    let columns = (0..).zip(outline.keys).map(|(at, key)| (key, at)).collect();
    let mut members = Members {
        columns,
        number: 0,
        sink,
        stopped: None,
    };
    let walked = walk(&mut file, &mut members);
    match members.stopped {
        Some(stopped) => Err(stopped),
        None => walked,
    }
}

/// What is done with the parts of the file.
trait Walk {
    fn state(&mut self, state: String);
    fn members<'de, A: SeqAccess<'de>>(&mut self, members: A) -> Result<(), A::Error>;
}

fn walk<W: Walk>(file: &mut File, walk: &mut W) -> Result<(), ReadError> {
    file.rewind()?;
    let mut text = BufReader::with_capacity(256 * 1024, file);
    if text.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
    }
    let mut json = serde_json::Deserializer::from_reader(text);
    Top(walk)
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(shape)
}

fn shape(error: serde_json::Error) -> ReadError {
    ReadError::Shape(format!("{error}."))
}

/// The object as a whole.
struct Top<'a, W>(&'a mut W);

impl<'de, W: Walk> DeserializeSeed<'de> for Top<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, W: Walk> Visitor<'de> for Top<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                MEMBERS if std::mem::replace(&mut seen, true) => {
                    return Err(A::Error::custom("there are two lists of members"));
                }
                MEMBERS => map.next_value_seed(List(&mut *self.0))?,
                STATE_KEY => self.0.state(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The list of members.
struct List<'a, W>(&'a mut W);

impl<'de, W: Walk> DeserializeSeed<'de> for List<'_, W> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, W: Walk> Visitor<'de> for List<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of members")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.members(members)
    }
}

/// What is in the file beside what its members say.
#[derive(Default)]
struct Outline {
    has_members: bool,
    state: Option<String>,
    /// In the order in which they come.
    keys: Vec<String>,
    known: HashSet<String>,
}

impl Walk for Outline {
    fn state(&mut self, state: String) {
        self.state = Some(state);
    }

    fn members<'de, A: SeqAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        self.has_members = true;
        while members.next_element_seed(Keys(&mut *self))?.is_some() {}
        Ok(())
    }
}

/// The keys of one member.
struct Keys<'a>(&'a mut Outline);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            // One more than may be is enough to refuse the file.
            if self.0.keys.len() <= IMPORT_COLUMNS && !self.0.known.contains(&key) {
                self.0.known.insert(key.clone());
                self.0.keys.push(key);
            }
        }
        Ok(())
    }
}

/// Passes the members on.
struct Members<'a> {
    columns: HashMap<String, usize>,
    number: u32,
    sink: &'a mut Sink,
    stopped: Option<ReadError>,
}

impl Walk for Members<'_> {
    fn state(&mut self, _: String) {}

    fn members<'de, A: SeqAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(cells) = members.next_element_seed(Member(&self.columns))? {
            self.number = self.number.saturating_add(1);
            if let Err(stopped) = self.sink.row(self.number, cells) {
                self.stopped = Some(stopped);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// One member as cells.
struct Member<'a>(&'a HashMap<String, usize>);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Vec<Cell>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Cell>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Vec<Cell>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Cell>, A::Error> {
        let mut cells = vec![Cell::Absent; self.0.len()];
        let mut left = IMPORT_VALUES;
        while let Some(key) = map.next_key::<String>()? {
            let cell = map.next_value_seed(Value(&mut left))?;
            let Some(place) = self.0.get(&key).and_then(|at| cells.get_mut(*at)) else {
                continue;
            };
            if *place != Cell::Absent {
                return Err(A::Error::custom(format!("a member has {key} twice")));
            }
            *place = cell;
        }
        Ok(cells)
    }
}

/// A value as a cell. Counts, since two octets of a file can be a value of thirty in memory.
struct Value<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell, D::Error> {
        *self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom("a member has too many values"))?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Blank)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Cell, E> {
        Ok(Cell::Truth(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Cell, E> {
        Ok(Cell::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        let mut cells = Vec::new();
        while let Some(cell) = seq.next_element_seed(Value(&mut *self.0))? {
            cells.push(cell);
        }
        Ok(Cell::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key()? {
            entries.push((key, map.next_value_seed(Value(&mut *self.0))?));
        }
        Ok(Cell::Object(entries))
    }
}
