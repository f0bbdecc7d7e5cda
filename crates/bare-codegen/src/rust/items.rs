//! The types of a schema with a name for each: anonymous structs, enums and unions are named after where they stand.

use std::collections::BTreeMap;

use crate::model::{EnumValue, Member, Primitive, Schema, Type, TypeKind};

use super::{Error, Version, names};

/// A named type, with every anonymous struct, enum and union inside it named as well.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) schema_name: String,
    /// The name in Rust.
    pub(super) name: String,
    pub(super) doc: Vec<String>,
    pub(super) line: u32,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Alias(Expr),
    Struct(Vec<FieldItem>),
    Enum(Vec<EnumValue>),
    Union(Vec<MemberItem>),
}

#[derive(Debug, Clone)]
pub(super) struct FieldItem {
    pub(super) schema_name: String,
    pub(super) name: String,
    pub(super) doc: Vec<String>,
    pub(super) ty: Expr,
}

#[derive(Debug, Clone)]
pub(super) struct MemberItem {
    /// The name in the schema's words.
    pub(super) schema_name: String,
    /// The name of the variant.
    pub(super) name: String,
    pub(super) tag: u64,
    pub(super) ty: Expr,
}

/// A type expression without anonymous types.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Expr {
    Primitive(PrimitiveExpr),
    FixedData(u64),
    Optional(Box<Expr>),
    List(Box<Expr>),
    FixedList(Box<Expr>, u64),
    Map(Box<Expr>, Box<Expr>),
    Named(String),
}

/// [`Primitive`], with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrimitiveExpr(pub(super) Primitive);

impl PartialOrd for PrimitiveExpr {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PrimitiveExpr {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 as u8).cmp(&(other.0 as u8))
    }
}

/// The types of a version with the anonymous ones named after where they stand, each before the type that uses it.
pub(super) fn flatten(version: &Version<'_>) -> Result<Vec<Item>, Error> {
    let mut flat = Flat {
        version: version.name,
        items: Vec::new(),
        rust_names: BTreeMap::new(),
    };
    let Schema { doc: _, types } = version.schema;
    for def in types {
        let shape = flat.shape(&def.name.text, &def.ty)?;
        flat.push(Item {
            schema_name: def.name.text.clone(),
            name: names::type_name(&def.name.text),
            doc: def.doc.clone(),
            line: def.name.span.line,
            shape,
        })?;
    }
    Ok(flat.items)
}

struct Flat<'a> {
    version: &'a str,
    items: Vec<Item>,
    /// Rust names taken in the module, and by what.
    rust_names: BTreeMap<String, String>,
}

impl Flat<'_> {
    fn push(&mut self, item: Item) -> Result<(), Error> {
        claim(
            &mut self.rust_names,
            self.version,
            item.name.clone(),
            item.name.clone(),
        )?;
        self.items.push(item);
        Ok(())
    }

    fn shape(&mut self, name: &str, ty: &Type) -> Result<Shape, Error> {
        match &ty.kind {
            TypeKind::Struct(fields) => {
                let mut taken = BTreeMap::new();
                let fields = fields.iter().map(|field| {
                    let schema_name = &field.name.text;
                    let rust = names::field(schema_name);
                    claim(
                        &mut taken,
                        self.version,
                        rust.clone(),
                        format!("{name}.{schema_name}"),
                    )?;
                    Ok(FieldItem {
                        schema_name: schema_name.clone(),
                        name: rust,
                        doc: field.doc.clone(),
                        ty: self
                            .expr(&format!("{name}{}", names::camel(schema_name)), &field.ty)?,
                    })
                });
                Ok(Shape::Struct(fields.collect::<Result<_, _>>()?))
            }
            TypeKind::Enum(values) => {
                let mut taken = BTreeMap::new();
                for value in values {
                    let text = &value.name.text;
                    claim(
                        &mut taken,
                        self.version,
                        names::camel(text),
                        format!("{name}.{text}"),
                    )?;
                }
                Ok(Shape::Enum(values.clone()))
            }
            TypeKind::Union(members) => {
                let mut taken = BTreeMap::new();
                let mut out = Vec::new();
                for Member { ty, doc: _, tag } in members {
                    let expr = self.expr(&format!("{name}Member{tag}"), ty)?;
                    let rust = variant(&expr);
                    claim(
                        &mut taken,
                        self.version,
                        rust.clone(),
                        format!("{name}.{}", spelled(&expr)),
                    )?;
                    out.push(MemberItem {
                        schema_name: spelled(&expr),
                        name: rust,
                        tag: *tag,
                        ty: expr,
                    });
                }
                Ok(Shape::Union(out))
            }
            _ => Ok(Shape::Alias(self.expr(&format!("{name}Item"), ty)?)),
        }
    }

    /// `hint` names the type where it is anonymous.
    fn expr(&mut self, hint: &str, ty: &Type) -> Result<Expr, Error> {
        Ok(match &ty.kind {
            TypeKind::Primitive(primitive) => Expr::Primitive(PrimitiveExpr(*primitive)),
            TypeKind::FixedData(len) => Expr::FixedData(*len),
            TypeKind::Optional(inner) => Expr::Optional(Box::new(self.expr(hint, inner)?)),
            TypeKind::List(inner) => Expr::List(Box::new(self.expr(hint, inner)?)),
            TypeKind::FixedList(inner, len) => {
                Expr::FixedList(Box::new(self.expr(hint, inner)?), *len)
            }
            TypeKind::Map(key, value) => Expr::Map(
                Box::new(self.expr(&format!("{hint}Key"), key)?),
                Box::new(self.expr(&format!("{hint}Value"), value)?),
            ),
            TypeKind::Named(name) => Expr::Named(names::type_name(name)),
            TypeKind::Struct(_) | TypeKind::Enum(_) | TypeKind::Union(_) => {
                let shape = self.shape(hint, ty)?;
                self.push(Item {
                    schema_name: hint.to_owned(),
                    name: hint.to_owned(),
                    doc: Vec::new(),
                    line: ty.span.line,
                    shape,
                })?;
                Expr::Named(hint.to_owned())
            }
        })
    }
}

pub(super) fn claim(
    taken: &mut BTreeMap<String, String>,
    version: &str,
    name: String,
    thing: String,
) -> Result<(), Error> {
    if let Some(first) = taken.get(&name) {
        return Err(Error::NameClash {
            version: version.to_owned(),
            name,
            things: [first.clone(), thing],
        });
    }
    taken.insert(name, thing);
    Ok(())
}

/// The name of a member that has the type as its own.
fn variant(ty: &Expr) -> String {
    match ty {
        Expr::Named(name) => name.clone(),
        Expr::Primitive(PrimitiveExpr(primitive)) => names::camel(primitive_name(*primitive)),
        Expr::FixedData(len) => format!("Data{len}"),
        Expr::Optional(inner) => format!("Optional{}", variant(inner)),
        Expr::List(inner) => format!("List{}", variant(inner)),
        Expr::FixedList(inner, len) => format!("List{len}{}", variant(inner)),
        Expr::Map(key, value) => format!("Map{}{}", variant(key), variant(value)),
    }
}

/// The type as the schema spells it.
pub(super) fn spelled(ty: &Expr) -> String {
    match ty {
        // The schema has no `_` in the name of a type, so it is only there to make it one of Rust.
        Expr::Named(name) => name.trim_end_matches('_').to_owned(),
        Expr::Primitive(PrimitiveExpr(primitive)) => primitive_name(*primitive).to_owned(),
        Expr::FixedData(len) => format!("data[{len}]"),
        Expr::Optional(inner) => format!("optional<{}>", spelled(inner)),
        Expr::List(inner) => format!("list<{}>", spelled(inner)),
        Expr::FixedList(inner, len) => format!("list<{}>[{len}]", spelled(inner)),
        Expr::Map(key, value) => format!("map<{}><{}>", spelled(key), spelled(value)),
    }
}

pub(super) fn primitive_name(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Uint => "uint",
        Primitive::Int => "int",
        Primitive::U8 => "u8",
        Primitive::U16 => "u16",
        Primitive::U32 => "u32",
        Primitive::U64 => "u64",
        Primitive::I8 => "i8",
        Primitive::I16 => "i16",
        Primitive::I32 => "i32",
        Primitive::I64 => "i64",
        Primitive::F32 => "f32",
        Primitive::F64 => "f64",
        Primitive::Bool => "bool",
        Primitive::Str => "str",
        Primitive::Data => "data",
        Primitive::Void => "void",
    }
}
