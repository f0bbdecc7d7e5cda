//! JSON to octets.

use std::collections::BTreeMap;

use bare::dynamic::{Composite, Encoder, Scalar};
use bare::schema::{EnumValue, Field, Kind, Member, Type, TypeDef};
use serde_json::{Map, Number, Value};

use super::error::{JsonError, JsonErrorKind, Step, describe, list, quoted};
use super::{F32, F64, HEX, SOME, TAG, VAL, map_is_object, optional_is_wrapped};
use crate::hex;

pub(super) fn encode(def: &'static TypeDef, json: &Value) -> Result<Vec<u8>> {
    let mut writer = Writer {
        encoder: Encoder::new(),
        path: Vec::new(),
    };
    writer.named(def, json)?;
    Ok(writer.encoder.into_octets())
}

type Result<T = ()> = std::result::Result<T, JsonError>;

struct Writer<'j> {
    encoder: Encoder,
    path: Vec<Step<'j>>,
}

impl<'j> Writer<'j> {
    fn value(&mut self, step: Step<'j>, ty: Type, json: &'j Value) -> Result {
        self.path.push(step);
        self.write(ty, json)?;
        self.path.pop();
        Ok(())
    }

    fn write(&mut self, ty: Type, json: &'j Value) -> Result {
        let scalar = match ty {
            Type::Named(def) => return self.named(def, json),
            Type::Optional(inner) => return self.optional(*inner, json),
            Type::List(item) => {
                let items = self.array(json, "an array")?;
                return self.items(Composite::List(items.len()), *item, items);
            }
            Type::FixedList(item, count) => {
                let expected = format!("an array of {count} items");
                let items = self.array(json, &expected)?;
                if items.len() != count {
                    return Err(self.mismatch(expected, describe(json)));
                }
                return self.items(Composite::FixedList(count), *item, items);
            }
            Type::Map(key, value) if map_is_object(*key) => return self.object_map(*value, json),
            Type::Map(key, value) => return self.array_map(*key, *value, json),
            Type::Uint => Scalar::Uint(self.integer("uint", u64::MIN, u64::MAX, json)?),
            Type::Int => Scalar::Int(self.integer("int", i64::MIN, i64::MAX, json)?),
            Type::U8 => Scalar::U8(self.integer("u8", u8::MIN, u8::MAX, json)?),
            Type::U16 => Scalar::U16(self.integer("u16", u16::MIN, u16::MAX, json)?),
            Type::U32 => Scalar::U32(self.integer("u32", u32::MIN, u32::MAX, json)?),
            Type::U64 => Scalar::U64(self.integer("u64", u64::MIN, u64::MAX, json)?),
            Type::I8 => Scalar::I8(self.integer("i8", i8::MIN, i8::MAX, json)?),
            Type::I16 => Scalar::I16(self.integer("i16", i16::MIN, i16::MAX, json)?),
            Type::I32 => Scalar::I32(self.integer("i32", i32::MIN, i32::MAX, json)?),
            Type::I64 => Scalar::I64(self.integer("i64", i64::MIN, i64::MAX, json)?),
            Type::F32 => Scalar::F32(self.f32(json)?),
            Type::F64 => Scalar::F64(self.f64(json)?),
            Type::Bool => match json {
                Value::Bool(value) => Scalar::Bool(*value),
                _ => return Err(self.mismatch("true or false", describe(json))),
            },
            Type::Str => match json {
                Value::String(value) => Scalar::Str(value),
                _ => return Err(self.mismatch("a string", describe(json))),
            },
            Type::Data => {
                let octets = self.data(json)?;
                self.encoder.write(Scalar::Data(&octets));
                return Ok(());
            }
            Type::FixedData(len) => {
                let octets = self.data(json)?;
                if octets.len() != len {
                    return Err(self.mismatch(format!("{len} octets"), format!("{}", octets.len())));
                }
                self.encoder.write(Scalar::FixedData(&octets));
                return Ok(());
            }
            Type::Void => match json {
                Value::Null => Scalar::Void,
                _ => return Err(self.mismatch("null", describe(json))),
            },
        };
        self.encoder.write(scalar);
        Ok(())
    }

    fn named(&mut self, def: &'static TypeDef, json: &'j Value) -> Result {
        match def.kind {
            Kind::Alias(ty) => self.write(ty, json),
            Kind::Struct(fields) => self.fields(def, fields, json),
            Kind::Enum(values) => self.enumerated(def, values, json),
            Kind::Union(members) => self.union(def, members, json),
        }
    }

    fn fields(
        &mut self,
        def: &'static TypeDef,
        fields: &'static [Field],
        json: &'j Value,
    ) -> Result {
        let members = self.object(json, || {
            format!("an object with the fields of {}", def.name)
        })?;
        if let Some(name) = members
            .keys()
            .find(|name| fields.iter().all(|field| field.name != *name))
        {
            self.path.push(Step::Name(name));
            let expected = format!(
                "only the fields of {}: {}",
                def.name,
                list(fields.iter().map(|field| field.name))
            );
            return Err(self.mismatch(expected, format!("a field {}", quoted(name))));
        }
        self.encoder.begin(Composite::Struct(def));
        for field in fields {
            let Some(json) = members.get(field.name) else {
                let expected = format!("the field {} of {}", quoted(field.name), def.name);
                return Err(self.mismatch(expected, describe(json)));
            };
            self.value(Step::Name(field.name), field.ty, json)?;
        }
        Ok(())
    }

    fn enumerated(
        &mut self,
        def: &'static TypeDef,
        values: &'static [EnumValue],
        json: &'j Value,
    ) -> Result {
        let found = json.as_str();
        let Some(value) = values.iter().find(|value| Some(value.name) == found) else {
            let names = list(values.iter().map(|value| value.name));
            return Err(self.mismatch(format!("a value of {}: {names}", def.name), describe(json)));
        };
        self.encoder.write(Scalar::Enum(def, value));
        Ok(())
    }

    fn union(
        &mut self,
        def: &'static TypeDef,
        members: &'static [Member],
        json: &'j Value,
    ) -> Result {
        let expected = || {
            format!(
                "a {} as an object of {} and {}",
                def.name,
                quoted(TAG),
                quoted(VAL)
            )
        };
        let object = self.object(json, expected)?;
        let (Some(tag), Some(val), 2) = (object.get(TAG), object.get(VAL), object.len()) else {
            return Err(self.mismatch(expected(), describe(json)));
        };
        let found = tag.as_str();
        let Some(member) = members.iter().find(|member| Some(member.name) == found) else {
            self.path.push(Step::Name(TAG));
            let names = list(members.iter().map(|member| member.name));
            return Err(self.mismatch(format!("a member of {}: {names}", def.name), describe(tag)));
        };
        self.encoder.begin(Composite::Union(def, member));
        self.value(Step::Name(VAL), member.ty, val)
    }

    fn optional(&mut self, inner: Type, json: &'j Value) -> Result {
        if json.is_null() {
            self.encoder.begin(Composite::None);
            return Ok(());
        }
        self.encoder.begin(Composite::Some);
        if !optional_is_wrapped(inner) {
            return self.write(inner, json);
        }
        match json.as_object() {
            Some(object) if object.len() == 1 && object.contains_key(SOME) => {
                self.value(Step::Name(SOME), inner, &object[SOME])
            }
            _ => Err(self.mismatch(
                format!("null or an object of {}", quoted(SOME)),
                describe(json),
            )),
        }
    }

    fn items(&mut self, composite: Composite, item: Type, items: &'j [Value]) -> Result {
        self.encoder.begin(composite);
        for (index, json) in items.iter().enumerate() {
            self.value(Step::Index(index), item, json)?;
        }
        Ok(())
    }

    fn object_map(&mut self, value: Type, json: &'j Value) -> Result {
        let entries = self.object(json, || "an object".to_owned())?;
        self.encoder.begin(Composite::Map(entries.len()));
        for (key, json) in entries {
            self.encoder.write(Scalar::Str(key));
            self.value(Step::Name(key), value, json)?;
        }
        Ok(())
    }

    fn array_map(&mut self, key: Type, value: Type, json: &'j Value) -> Result {
        let entries = self.array(json, "an array of [key, value]")?;
        self.encoder.begin(Composite::Map(entries.len()));
        // By their octets, since the same number can be written in two ways.
        let mut keys = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            self.path.push(Step::Index(index));
            let [key_json, value_json] = self.array(entry, "a [key, value]")? else {
                return Err(self.mismatch("a [key, value]", describe(entry)));
            };
            let start = self.encoder.octets().len();
            self.value(Step::Index(0), key, key_json)?;
            let octets = self.encoder.octets()[start..].to_vec();
            if let Some(first) = keys.insert(octets, index) {
                self.path.push(Step::Index(0));
                return Err(self.mismatch(
                    "each key of the map once",
                    format!("that of entry {first} again"),
                ));
            }
            self.value(Step::Index(1), value, value_json)?;
            self.path.pop();
        }
        Ok(())
    }

    /// A number or, for 64-bit types beyond what every reader of JSON keeps, a string of its digits.
    fn integer<T>(&self, name: &str, min: T, max: T, json: &Value) -> Result<T>
    where
        T: Copy + TryFrom<i128> + std::fmt::Display,
    {
        let value = match json {
            Value::Number(number) => exact_integer(number),
            Value::String(digits) => digits
                .parse::<i128>()
                .ok()
                .filter(|value| value.to_string() == *digits),
            _ => None,
        };
        value
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| {
                let article = if name.starts_with('i') { "an" } else { "a" };
                self.mismatch(
                    format!("{article} {name}, an integer from {min} to {max}"),
                    describe(json),
                )
            })
    }

    fn f64(&self, json: &Value) -> Result<u64> {
        match json {
            Value::Number(number) => match exact_float(number) {
                Some(value) => Ok(value.to_bits()),
                None => Err(self.mismatch("a number that an f64 holds exactly", describe(json))),
            },
            _ => self.bits(json, F64, 16),
        }
    }

    fn f32(&self, json: &Value) -> Result<u32> {
        let Value::Number(number) = json else {
            let bits = self.bits(json, F32, 8)?;
            return u32::try_from(bits)
                .map_err(|_| self.mismatch("the bits of an f32", describe(json)));
        };
        exact_float(number)
            .and_then(narrow)
            .map(f32::to_bits)
            .ok_or_else(|| self.mismatch("a number that an f32 holds exactly", describe(json)))
    }

    /// The bits of a float from `{"f64": "…"}`, as so many hexadecimal digits.
    fn bits(&self, json: &Value, name: &'static str, count: usize) -> Result<u64> {
        digits(json, name)
            .filter(|text| {
                text.len() == count && text.bytes().all(|digit| digit.is_ascii_hexdigit())
            })
            .and_then(|text| u64::from_str_radix(text, 16).ok())
            .ok_or_else(|| {
                let expected = format!(
                    "a number, or an object of {} and the {count} hexadecimal digits of its bits",
                    quoted(name)
                );
                self.mismatch(expected, described_with(json, name))
            })
    }

    fn data(&mut self, json: &'j Value) -> Result<Vec<u8>> {
        let Some(digits) = digits(json, HEX) else {
            let expected = format!(
                "octets as an object of {} and their hexadecimal digits",
                quoted(HEX)
            );
            return Err(self.mismatch(expected, described_with(json, HEX)));
        };
        hex::decode(digits.as_bytes()).map_err(|error| {
            self.path.push(Step::Name(HEX));
            self.mismatch("two hexadecimal digits for each octet", error.found())
        })
    }

    fn array(&self, json: &'j Value, expected: &str) -> Result<&'j [Value]> {
        match json {
            Value::Array(items) => Ok(items),
            _ => Err(self.mismatch(expected, describe(json))),
        }
    }

    fn object(
        &self,
        json: &'j Value,
        expected: impl Fn() -> String,
    ) -> Result<&'j Map<String, Value>> {
        match json {
            Value::Object(members) => Ok(members),
            _ => Err(self.mismatch(expected(), describe(json))),
        }
    }

    fn mismatch(&self, expected: impl Into<String>, found: impl Into<String>) -> JsonError {
        let kind = JsonErrorKind::Mismatch {
            expected: expected.into(),
            found: found.into(),
        };
        JsonError::new(&self.path, kind)
    }
}

/// The text of an object that has `name` and nothing else.
fn digits<'a>(json: &'a Value, name: &str) -> Option<&'a str> {
    let object = json.as_object().filter(|object| object.len() == 1)?;
    object.get(name)?.as_str()
}

/// What is wrong with an object that should have digits under `name`: the digits, if it has them.
fn described_with(json: &Value, name: &str) -> String {
    match json.as_object() {
        Some(object) if object.len() == 1 => {
            object.get(name).map_or_else(|| describe(json), describe)
        }
        _ => describe(json),
    }
}

fn exact_integer(number: &Number) -> Option<i128> {
    number
        .as_u64()
        .map(i128::from)
        .or_else(|| number.as_i64().map(i128::from))
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an integer that lost anything on the way to f64 and back is not exact, which is what this finds out"
)]
fn exact_float(number: &Number) -> Option<f64> {
    match exact_integer(number) {
        Some(integer) => Some(integer as f64).filter(|float| *float as i128 == integer),
        None => number.as_f64(),
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a float that lost anything on the way to f32 is refused here"
)]
fn narrow(value: f64) -> Option<f32> {
    let narrow = value as f32;
    Some(narrow).filter(|narrow| f64::from(*narrow).to_bits() == value.to_bits())
}
