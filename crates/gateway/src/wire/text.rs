//! How much text there is, in octets of UTF-8 after escapes are undone: what an estimate is made from.

use super::{Deserialize, Deserializer, IgnoredAny, MapAccess, Name, SeqAccess, Visitor, fmt, read};

/// Octets of text in a value: a string, what is in a list, or the `text` and the `content` of an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TextBytes(pub(crate) u64);

struct TextVisitor;
reads_anything!(TextBytes, TextVisitor);

impl<'de> Visitor<'de> for TextVisitor {
    type Value = TextBytes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_str<E>(self, text: &str) -> Result<TextBytes, E> {
        Ok(TextBytes(text.len() as u64))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TextBytes, A::Error> {
        let mut all = 0;
        while let Some(TextBytes(bytes)) = list.next_element()? {
            all += bytes;
        }
        Ok(TextBytes(all))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TextBytes, A::Error> {
        let (mut text, mut content) = (0, 0);
        while let Some(Name(name)) = map.next_key()? {
            match &*name {
                "text" => text = map.next_value::<TextBytes>()?.0,
                "content" => content = map.next_value::<TextBytes>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(TextBytes(text + content))
    }
    else_nothing!(bool number null);
}

/// Octets of a string; none where it is something else, which is told apart from an empty one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StringBytes(pub(crate) Option<u64>);

struct StringVisitor;
reads_anything!(StringBytes, StringVisitor);

impl<'de> Visitor<'de> for StringVisitor {
    type Value = StringBytes;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }
    fn visit_str<E>(self, text: &str) -> Result<StringBytes, E> {
        Ok(StringBytes(Some(text.len() as u64)))
    }
    else_nothing!(bool number null list object);
}

impl StringBytes {
    pub(crate) fn count(self) -> u64 {
        self.0.unwrap_or(0)
    }
}

object!(
    /// What a request gives a model to read, in any of the APIs.
    Given {
        "messages" => messages: TextBytes,
        "system" => system: TextBytes,
        "instructions" => instructions: TextBytes,
        "input" => input: TextBytes,
        "prompt" => prompt: TextBytes,
    }
);

/// Octets of text in the body of a request. Pictures, roles and tools do not count.
pub(crate) fn given_bytes(body: &[u8]) -> u64 {
    let given = read::<Given>(body).unwrap_or_default();
    given.messages.0 + given.system.0 + given.instructions.0 + given.input.0 + given.prompt.0
}
