//! Octets to JSON.

use std::ops::Range;

use bare::DecodeError;
use bare::dynamic::{Composite, Scalar, Step, Visitor, walk};
use bare::schema::{Resolved, Type, TypeDef};
use serde_json::{Map, Value, json};

use super::{F32, F64, HEX, MAX_NUMBER, SOME, TAG, VAL, map_is_object, optional_is_wrapped};
use crate::hex;

pub(super) fn decode(def: &'static TypeDef, octets: &[u8]) -> Result<Value, DecodeError> {
    let mut builder = Builder::default();
    walk(def, octets, &mut builder)?;
    Ok(builder.message)
}

/// Builds the JSON from the inside out.
#[derive(Default)]
struct Builder {
    /// Where the values go that are being read, the message itself first.
    places: Vec<(Step, Type)>,
    /// The values that are open, each inside the one before.
    open: Vec<Open>,
    /// The keys of map entries whose values are being read.
    keys: Vec<Value>,
    message: Value,
}

/// A value whose parts are being read.
enum Open {
    Object(Map<String, Value>),
    Array(Vec<Value>),
    /// The member's name and value.
    Union(&'static str, Value),
    /// The value as it is, `null` where there is none.
    Optional(Value),
    /// The value of an optional that is wrapped.
    Wrapped(Value),
}

impl Visitor for Builder {
    fn begin(&mut self, step: Step, ty: Type, _offset: usize) {
        self.places.push((step, ty));
    }

    fn scalar(&mut self, _span: Range<usize>, scalar: Scalar<'_>) {
        self.done(from_scalar(scalar));
    }

    fn open(&mut self, _span: Range<usize>, composite: Composite) {
        self.open.push(match composite {
            Composite::Struct(_) => Open::Object(Map::new()),
            Composite::Union(_, member) => Open::Union(member.name, Value::Null),
            Composite::Some if self.is_wrapped() => Open::Wrapped(Value::Null),
            Composite::None | Composite::Some => Open::Optional(Value::Null),
            Composite::Map(count) if self.is_object() => Open::Object(Map::with_capacity(count)),
            Composite::Map(count) | Composite::List(count) | Composite::FixedList(count) => {
                Open::Array(Vec::with_capacity(count))
            }
        });
    }

    fn close(&mut self, _offset: usize) {
        let value = match self.open.pop() {
            Some(Open::Object(members)) => Value::Object(members),
            Some(Open::Array(items)) => Value::Array(items),
            Some(Open::Union(name, value)) => json!({ TAG: name, VAL: value }),
            Some(Open::Wrapped(value)) => json!({ SOME: value }),
            Some(Open::Optional(value)) => value,
            // The walk closes nothing that it has not opened.
            None => return,
        };
        self.done(value);
    }
}

impl Builder {
    /// The type of the value that is being opened, behind aliases.
    fn resolved(&self) -> Option<Type> {
        match self.places.last()?.1.resolve() {
            Resolved::Plain(ty) => Some(ty),
            Resolved::Def(_) => None,
        }
    }

    fn is_wrapped(&self) -> bool {
        matches!(self.resolved(), Some(Type::Optional(inner)) if optional_is_wrapped(*inner))
    }

    fn is_object(&self) -> bool {
        matches!(self.resolved(), Some(Type::Map(key, _)) if map_is_object(*key))
    }

    /// Puts a value that has been read where it belongs.
    fn done(&mut self, value: Value) {
        let step = self.places.pop().map(|(step, _)| step);
        if let Some(Step::Key(_)) = step {
            self.keys.push(value);
            return;
        }
        match self.open.last_mut() {
            Some(Open::Object(members)) => match step {
                Some(Step::Field(field)) => {
                    members.insert(field.name.to_owned(), value);
                }
                _ => {
                    if let Some(Value::String(key)) = self.keys.pop() {
                        members.insert(key, value);
                    }
                }
            },
            Some(Open::Array(items)) => items.push(match step {
                Some(Step::Value(_)) => {
                    Value::Array(self.keys.pop().into_iter().chain([value]).collect())
                }
                _ => value,
            }),
            Some(Open::Union(_, inner) | Open::Optional(inner) | Open::Wrapped(inner)) => {
                *inner = value;
            }
            None => self.message = value,
        }
    }
}

fn from_scalar(scalar: Scalar<'_>) -> Value {
    match scalar {
        Scalar::Uint(value) | Scalar::U64(value) => integer(value),
        Scalar::Int(value) | Scalar::I64(value) => integer(value),
        Scalar::U8(value) => value.into(),
        Scalar::U16(value) => value.into(),
        Scalar::U32(value) => value.into(),
        Scalar::I8(value) => value.into(),
        Scalar::I16(value) => value.into(),
        Scalar::I32(value) => value.into(),
        Scalar::F32(bits) => float(
            f32::from_bits(bits).into(),
            || json!({ F32: format!("{bits:08x}") }),
        ),
        Scalar::F64(bits) => float(
            f64::from_bits(bits),
            || json!({ F64: format!("{bits:016x}") }),
        ),
        Scalar::Bool(value) => value.into(),
        Scalar::Str(value) => value.into(),
        Scalar::Data(value) | Scalar::FixedData(value) => json!({ HEX: hex::encode(value) }),
        Scalar::Void => Value::Null,
        Scalar::Enum(_, value) => value.name.into(),
    }
}

fn integer<T: Copy + Into<Value> + Into<i128>>(value: T) -> Value {
    let number: i128 = value.into();
    if number.abs() <= MAX_NUMBER {
        value.into()
    } else {
        number.to_string().into()
    }
}

/// A number, unless it is one that JSON does not have, or the zero that many readers confuse with the other.
fn float(value: f64, bits: impl Fn() -> Value) -> Value {
    if value.is_finite() && value.to_bits() != (-0.0_f64).to_bits() {
        value.into()
    } else {
        bits()
    }
}
