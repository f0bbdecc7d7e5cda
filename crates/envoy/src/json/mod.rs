//! Messages as JSON and back, along the description of their type, losing nothing.
//!
//! `docs/json.md` specifies the form. For every message `m` of a type, `encode(def, &decode(def, m)?)? == m`; and for
//! every JSON value `j` that [`encode`] takes, decoding the result gives `j` in its one printed form.

mod error;
mod octets;
mod text;
mod value;

use bare::DecodeError;
use bare::schema::{Resolved, Type, TypeDef};
use serde_json::Value;

pub use error::{JsonError, JsonErrorKind};
pub use text::parse;

/// The JSON of the message `octets` of the type `def`.
///
/// Errors: `octets` is not a message of that type.
pub fn decode(def: &'static TypeDef, octets: &[u8]) -> Result<Value, DecodeError> {
    value::decode(def, octets)
}

/// The octets of the message of the type `def` that `json` stands for.
///
/// Text becomes a [`Value`] by [`parse`], which refuses a name that an object has twice; other parsers drop the first.
///
/// Errors: `json` does not stand for a value of that type.
pub fn encode(def: &'static TypeDef, json: &Value) -> Result<Vec<u8>, JsonError> {
    octets::encode(def, json)
}

/// The member that holds the hexadecimal digits of octets.
const HEX: &str = "hex";
/// The members that hold the bits of a float that is no JSON number.
const F32: &str = "f32";
const F64: &str = "f64";
/// The member of a present optional, where the value alone could be `null`.
const SOME: &str = "some";
/// The members of a union: the name of its member, and the value.
const TAG: &str = "tag";
const VAL: &str = "val";

/// The integers from `-MAX_NUMBER` to `MAX_NUMBER` are numbers in JSON; what lies beyond is a string, since most
/// readers of JSON keep numbers as `f64`, whose integers have gaps from here on.
const MAX_NUMBER: i128 = 1 << 53;

/// Whether a present `optional` of this type is wrapped as `{"some": …}`: its value could itself be `null`.
fn optional_is_wrapped(inner: Type) -> bool {
    matches!(
        inner.resolve(),
        Resolved::Plain(Type::Optional(_) | Type::Void)
    )
}

/// Whether a map with such keys is an object; any other is an array of `[key, value]`.
fn map_is_object(key: Type) -> bool {
    matches!(key.resolve(), Resolved::Plain(Type::Str))
}

#[cfg(test)]
mod tests;
