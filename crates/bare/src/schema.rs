//! A description of a schema's types as constant data.
//!
//! `bare-codegen` writes one [`TypeDef`] for each named type, so that a program can read a message of a schema without
//! knowing its Rust type: error paths, JSON, the annotated view of a frame, and generators of test data all work from
//! this. Names are the schema's own, not Rust's.

/// A type as a field, an item or a member spells it.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// `uint`: a variable-length unsigned integer of up to 64 bits.
    Uint,
    /// `int`: a variable-length zig-zag integer of up to 64 bits.
    Int,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `bool`
    Bool,
    /// `str`
    Str,
    /// `data`
    Data,
    /// `data[n]`: exactly `n` octets, no prefix.
    FixedData(usize),
    /// `void`
    Void,
    /// `optional<T>`
    Optional(&'static Type),
    /// `list<T>`
    List(&'static Type),
    /// `list<T>[n]`: exactly `n` items, no prefix.
    FixedList(&'static Type, usize),
    /// `map<K><V>`: key type, value type.
    Map(&'static Type, &'static Type),
    /// A type defined under a name.
    Named(&'static TypeDef),
}

/// A named type.
#[derive(Debug)]
pub struct TypeDef {
    /// The name in the schema.
    pub name: &'static str,
    /// What the name stands for.
    pub kind: Kind,
}

/// What a named type is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Another name for a type.
    Alias(Type),
    /// Fields one after the other, in wire order. Never empty.
    Struct(&'static [Field]),
    /// One of the values, in ascending order of value. Never empty.
    Enum(&'static [EnumValue]),
    /// A tag and a member, in ascending order of tag. Never empty.
    Union(&'static [Member]),
}

/// A field of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in the schema.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
}

/// A value of an enum.
#[derive(Debug, Clone, Copy)]
pub struct EnumValue {
    /// The name in the schema, `CONSTANT_CASE`.
    pub name: &'static str,
    /// The number on the wire.
    pub value: u64,
}

/// A member of a union.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The tag on the wire.
    pub tag: u64,
    /// The name of the member: that of its type, or the type as the schema spells it where it has no name.
    pub name: &'static str,
    /// What follows the tag.
    pub ty: Type,
}

impl Type {
    /// The fewest octets a value of this type takes.
    ///
    /// A count is checked against what remains divided by this before anything is allocated.
    #[must_use]
    pub const fn min_size(&self) -> usize {
        match self {
            Self::Void => 0,
            Self::Uint
            | Self::Int
            | Self::U8
            | Self::I8
            | Self::Bool
            | Self::Str
            | Self::Data
            | Self::Optional(_)
            | Self::List(_)
            | Self::Map(_, _) => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::FixedData(len) => *len,
            Self::FixedList(item, len) => item.min_size().saturating_mul(*len),
            Self::Named(def) => def.min_size(),
        }
    }

    /// The definition behind aliases: what a value of this type looks like on the wire.
    #[must_use]
    pub const fn resolve(&self) -> Resolved {
        match self {
            Self::Named(def) => match &def.kind {
                Kind::Alias(ty) => ty.resolve(),
                Kind::Struct(_) | Kind::Enum(_) | Kind::Union(_) => Resolved::Def(def),
            },
            other => Resolved::Plain(*other),
        }
    }
}

/// A [`Type`] with its aliases followed.
#[derive(Debug, Clone, Copy)]
pub enum Resolved {
    /// A type that is not [`Type::Named`].
    Plain(Type),
    /// A struct, an enum or a union.
    Def(&'static TypeDef),
}

/// A field, for a list of them.
#[must_use]
pub const fn field(name: &'static str, ty: Type) -> Field {
    Field { name, ty }
}

/// A value of an enum, for a list of them.
#[must_use]
pub const fn value(name: &'static str, value: u64) -> EnumValue {
    EnumValue { name, value }
}

/// A member of a union, for a list of them.
#[must_use]
pub const fn member(tag: u64, name: &'static str, ty: Type) -> Member {
    Member { tag, name, ty }
}

impl TypeDef {
    /// Another name for a type.
    #[must_use]
    pub const fn of_alias(name: &'static str, ty: Type) -> Self {
        let kind = Kind::Alias(ty);
        Self { name, kind }
    }

    /// A struct.
    #[must_use]
    pub const fn of_struct(name: &'static str, fields: &'static [Field]) -> Self {
        let kind = Kind::Struct(fields);
        Self { name, kind }
    }

    /// An enum.
    #[must_use]
    pub const fn of_enum(name: &'static str, values: &'static [EnumValue]) -> Self {
        let kind = Kind::Enum(values);
        Self { name, kind }
    }

    /// A union.
    #[must_use]
    pub const fn of_union(name: &'static str, members: &'static [Member]) -> Self {
        let kind = Kind::Union(members);
        Self { name, kind }
    }

    /// The fewest octets a value of this type takes.
    #[must_use]
    pub const fn min_size(&self) -> usize {
        match &self.kind {
            Kind::Alias(ty) => ty.min_size(),
            Kind::Enum(values) => varint_size(values[0].value),
            Kind::Struct(fields) => {
                let mut sum = 0;
                let mut at = 0;
                while at < fields.len() {
                    sum += fields[at].ty.min_size();
                    at += 1;
                }
                sum
            }
            Kind::Union(members) => {
                let mut least = usize::MAX;
                let mut at = 0;
                while at < members.len() {
                    let size = varint_size(members[at].tag) + members[at].ty.min_size();
                    if size < least {
                        least = size;
                    }
                    at += 1;
                }
                least
            }
        }
    }
}

/// The octets a `uint` takes in its shortest form: 1 to 10.
#[must_use]
#[inline(always)]
pub const fn varint_size(value: u64) -> usize {
    if value < 0x80 {
        return 1;
    }
    // 7 bits an octet: a ninth of 64ths is a seventh of the bits, rounded up, for as many as 64 of them.
    let last_bit = value.ilog2() as usize;
    (last_bit * 9 + 73) / 64
}
