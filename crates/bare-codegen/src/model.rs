//! A checked schema: what the parser hands to the checker, the diff and the generator.
//!
//! In what [`parse`](crate::parse) gives, every [`TypeKind::Named`] resolves to a definition that stands before it, and
//! all invariants of the language hold, so that the generator has no errors of its own.

/// A place in the source: octet offsets, `start <= end`, with the line and column (both from 1, columns in characters)
/// of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Octet offset of the first octet.
    pub start: usize,
    /// Octet offset after the last octet.
    pub end: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A schema file, types in the order of their definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The first comment of the file, if a blank line parts it from what follows: a line each, `#` and one space
    /// removed.
    pub doc: Vec<String>,
    /// The types.
    pub types: Vec<TypeDef>,
}

/// `type Name T`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDef {
    /// The name.
    pub name: Name,
    /// The comment lines directly above, or behind the definition on its last line, `#` and one space removed.
    pub doc: Vec<String>,
    /// The definition.
    pub ty: Type,
}

/// An identifier and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A type and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The kinds of types of the schema language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// A type without parts.
    Primitive(Primitive),
    /// `data[n]`, n >= 1.
    FixedData(u64),
    /// `optional<T>`
    Optional(Box<Type>),
    /// `list<T>`
    List(Box<Type>),
    /// `list<T>[n]`, n >= 1.
    FixedList(Box<Type>, u64),
    /// `map<K><V>`
    Map(Box<Type>, Box<Type>),
    /// `struct { … }`
    Struct(Vec<Field>),
    /// `enum { … }`
    Enum(Vec<EnumValue>),
    /// `union { … }`
    Union(Vec<Member>),
    /// A type defined elsewhere in the schema.
    Named(String),
}

/// Types without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named as the schema language names it")]
pub enum Primitive {
    Uint,
    Int,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    Bool,
    Str,
    Data,
    Void,
}

/// `name: T`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: Name,
    /// The comment lines directly above, or behind the field on its own line.
    pub doc: Vec<String>,
    /// The type.
    pub ty: Type,
}

/// `NAME` or `NAME = 5`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValue {
    /// The name.
    pub name: Name,
    /// The comment lines directly above, or behind it on its own line.
    pub doc: Vec<String>,
    /// The number on the wire, given or counted.
    pub value: u64,
}

/// A member of a union, `T` or `T = 5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The type.
    pub ty: Type,
    /// The comment lines directly above, or behind it on its own line.
    pub doc: Vec<String>,
    /// The tag on the wire, given or counted.
    pub tag: u64,
}
