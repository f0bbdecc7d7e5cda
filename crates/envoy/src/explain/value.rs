//! Types and values as a tree says them.

use bare::dynamic::Scalar;
use bare::schema::Type;

use crate::hex;

/// Characters of a string, and octets of data, that are shown; of more, so many are, with the number of all of them.
const STRING_SHOWN: usize = 200;
const DATA_SHOWN: usize = 32;

/// The type as the schema language spells it.
pub(super) fn spelled(ty: Type) -> String {
    let plain = match ty {
        Type::Uint => "uint",
        Type::Int => "int",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::I8 => "i8",
        Type::I16 => "i16",
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Bool => "bool",
        Type::Str => "str",
        Type::Data => "data",
        Type::Void => "void",
        Type::Named(def) => def.name,
        Type::FixedData(len) => return format!("data[{len}]"),
        Type::Optional(inner) => return format!("optional<{}>", spelled(*inner)),
        Type::List(item) => return format!("list<{}>", spelled(*item)),
        Type::FixedList(item, count) => return format!("list<{}>[{count}]", spelled(*item)),
        Type::Map(key, value) => return format!("map<{}><{}>", spelled(*key), spelled(*value)),
    };
    plain.to_owned()
}

/// The value behind ` = `, or nothing where there is nothing to say.
pub(super) fn scalar(value: Scalar<'_>) -> String {
    match value {
        Scalar::Uint(value) | Scalar::U64(value) => format!(" = {value}"),
        Scalar::Int(value) | Scalar::I64(value) => format!(" = {value}"),
        Scalar::U8(value) => format!(" = {value}"),
        Scalar::U16(value) => format!(" = {value}"),
        Scalar::U32(value) => format!(" = {value}"),
        Scalar::I8(value) => format!(" = {value}"),
        Scalar::I16(value) => format!(" = {value}"),
        Scalar::I32(value) => format!(" = {value}"),
        Scalar::F32(bits) => match f32::from_bits(bits) {
            value if value.is_nan() => format!(" = NaN (bits {bits:08x})"),
            value => format!(" = {value:?}"),
        },
        Scalar::F64(bits) => match f64::from_bits(bits) {
            value if value.is_nan() => format!(" = NaN (bits {bits:016x})"),
            value => format!(" = {value:?}"),
        },
        Scalar::Bool(value) => format!(" = {value}"),
        Scalar::Str(value) => match value.char_indices().nth(STRING_SHOWN) {
            None => format!(" = {value:?}"),
            Some((end, _)) => format!(" = {:?}… ({} octets)", &value[..end], value.len()),
        },
        Scalar::Data([]) => " = 0 octets".to_owned(),
        Scalar::Data(value) | Scalar::FixedData(value) => match value.get(..DATA_SHOWN) {
            Some(shown) if value.len() > DATA_SHOWN => {
                format!(" = {}… ({} octets)", hex::encode(shown), value.len())
            }
            _ => format!(" = {}", hex::encode(value)),
        },
        Scalar::Void => String::new(),
        Scalar::Enum(_, value) => format!(" = {} ({})", value.name, value.value),
    }
}

/// `1 item`, `2 items`
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
