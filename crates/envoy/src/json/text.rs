//! Parsing JSON text.

use std::fmt;

use serde_json::de::{Deserializer, SliceRead};
use serde_json::{Map, Value};

use super::error::{JsonError, JsonErrorKind, Step};

/// Parses `text` as one JSON value, keeping the order of every object.
///
/// Errors: `text` is not JSON, or has an object with the same name twice.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut parser = Parser::default();
    let mut deserializer = Deserializer::new(SliceRead::new(text));
    let value = serde::de::DeserializeSeed::deserialize(Any(&mut parser), &mut deserializer);
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| parser.error(&error))
}

/// What the parser knows beside the value it builds.
#[derive(Default)]
struct Parser {
    path: Vec<Step<'static>>,
    repeated: Option<String>,
}

impl Parser {
    fn error(self, error: &serde_json::Error) -> JsonError {
        let (line, column) = (error.line(), error.column());
        if let Some(name) = self.repeated {
            return JsonError::new(
                &self.path,
                JsonErrorKind::RepeatedName { name, line, column },
            );
        }
        // The place is said in the words of the other errors.
        let place = format!(" at line {line} column {column}");
        let message = error.to_string();
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        JsonError::new(
            &self.path,
            JsonErrorKind::Syntax {
                line,
                column,
                message,
            },
        )
    }
}

/// Any JSON value.
struct Any<'a>(&'a mut Parser);

impl<'de> serde::de::DeserializeSeed<'de> for Any<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> serde::de::Visitor<'de> for Any<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.0.path.push(Step::Index(items.len()));
            match access.next_element_seed(Any(&mut *self.0))? {
                Some(item) => items.push(item),
                None => break,
            }
            self.0.path.pop();
        }
        self.0.path.pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                self.0.repeated = Some(name);
                return Err(serde::de::Error::custom("repeated name"));
            }
            self.0.path.push(Step::OwnedName(name.clone()));
            let value = access.next_value_seed(Any(&mut *self.0))?;
            self.0.path.pop();
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}
