//! What is generated where: anonymous types named, sharing between versions, generic types and their parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EnumValue, Member, Primitive, Schema, Type, TypeKind};

use super::{Error, Version, names};

/// A named type, with every anonymous struct, enum and union inside it named as well.
#[derive(Debug, Clone)]
pub(super) struct Item {
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

/// A parameter of a generic type: a field type that differs between the owned and the borrowed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) ty: Expr,
}

/// One version.
pub(super) struct VersionPlan<'a> {
    pub(super) version: Version<'a>,
    pub(super) items: Vec<Item>,
    by_name: BTreeMap<String, usize>,
    /// For each type: the version that holds its definition.
    home: BTreeMap<String, usize>,
}

/// All versions.
pub(super) struct Plan<'a> {
    pub(super) versions: Vec<VersionPlan<'a>>,
    /// Types that are generic, by version and name.
    generic: BTreeSet<(usize, String)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(versions: &[Version<'a>], roots: &[String]) -> Result<Self, Error> {
        let mut plan = Self {
            versions: Vec::new(),
            generic: BTreeSet::new(),
        };
        for version in versions {
            let items = flatten(version)?;
            let by_name = items
                .iter()
                .enumerate()
                .map(|(at, item)| (item.name.clone(), at))
                .collect();
            plan.versions.push(VersionPlan {
                version: *version,
                items,
                by_name,
                home: BTreeMap::new(),
            });
            let last = plan.versions.len() - 1;
            let homes = plan.homes(last, roots);
            plan.versions[last].home = homes;
        }
        for root in roots {
            if !plan
                .versions
                .iter()
                .any(|version| version.by_name.contains_key(root))
            {
                return Err(Error::UnknownRoot(root.clone()));
            }
        }
        plan.generic = plan.find_generic(roots);
        Ok(plan)
    }

    /// Where each type of version `at` is defined. Types stand in order, so those inside a type come before it.
    fn homes(&self, at: usize, roots: &[String]) -> BTreeMap<String, usize> {
        let mut homes = BTreeMap::new();
        for item in &self.versions[at].items {
            let earlier = at
                .checked_sub(1)
                .filter(|_| !roots.contains(&item.name))
                .and_then(|before| {
                    let version = &self.versions[before];
                    let other = &version.items[*version.by_name.get(&item.name)?];
                    let same = same_shape(&other.shape, &item.shape)
                        && parts(&item.shape)
                            .into_iter()
                            .all(|part| homes.get(&part) == version.home.get(&part));
                    same.then(|| version.home[&item.name])
                });
            homes.insert(item.name.clone(), earlier.unwrap_or(at));
        }
        homes
    }

    fn find_generic(&self, roots: &[String]) -> BTreeSet<(usize, String)> {
        let mut generic = BTreeSet::new();
        if self.versions.len() < 2 {
            return generic;
        }
        for (at, version) in self.versions.iter().enumerate() {
            for item in &version.items {
                let homes: BTreeSet<usize> = self
                    .versions
                    .iter()
                    .filter_map(|other| other.home.get(&item.name).copied())
                    .collect();
                let differs = homes.len() > 1 || roots.contains(&item.name);
                let composite = matches!(item.shape, Shape::Struct(_) | Shape::Union(_));
                if differs
                    && composite
                    && version.home[&item.name] == at
                    && self.borrows_item(at, item)
                {
                    generic.insert((at, item.name.clone()));
                }
            }
        }
        generic
    }

    pub(super) fn item(&self, version: usize, name: &str) -> &Item {
        let version = &self.versions[version];
        // A checked schema defines every name it uses.
        &version.items[version.by_name[name]]
    }

    /// The version whose module defines the type.
    pub(super) fn home(&self, version: usize, name: &str) -> usize {
        self.versions[version].home[name]
    }

    pub(super) fn is_generic(&self, version: usize, name: &str) -> bool {
        self.generic
            .contains(&(self.home(version, name), name.to_owned()))
    }

    /// Whether the borrowed form differs from the owned one.
    pub(super) fn borrows(&self, version: usize, ty: &Expr) -> bool {
        match ty {
            Expr::Primitive(PrimitiveExpr(primitive)) => {
                matches!(primitive, Primitive::Str | Primitive::Data)
            }
            Expr::FixedData(_) => false,
            Expr::Optional(inner) | Expr::FixedList(inner, _) => self.borrows(version, inner),
            Expr::List(_) | Expr::Map(_, _) => true,
            Expr::Named(name) => self.borrows_item(version, self.item(version, name)),
        }
    }

    pub(super) fn borrows_item(&self, version: usize, item: &Item) -> bool {
        match &item.shape {
            Shape::Alias(ty) => self.borrows(version, ty),
            Shape::Enum(_) => false,
            Shape::Struct(fields) => fields.iter().any(|field| self.borrows(version, &field.ty)),
            Shape::Union(members) => members
                .iter()
                .any(|member| self.borrows(version, &member.ty)),
        }
    }

    /// The type with aliases to other than composites followed, `void` included.
    pub(super) fn resolve<'e>(&'e self, version: usize, ty: &'e Expr) -> &'e Expr {
        match ty {
            Expr::Named(name) => match &self.item(version, name).shape {
                Shape::Alias(inner) => self.resolve(version, inner),
                Shape::Struct(_) | Shape::Enum(_) | Shape::Union(_) => ty,
            },
            _ => ty,
        }
    }

    pub(super) fn is_void(&self, version: usize, ty: &Expr) -> bool {
        matches!(
            self.resolve(version, ty),
            Expr::Primitive(PrimitiveExpr(Primitive::Void))
        )
    }

    /// The parameters of a generic type: those of its fields in order, each once.
    pub(super) fn params(&self, version: usize, name: &str) -> Vec<Param> {
        let mut params = Vec::new();
        match &self.item(version, name).shape {
            Shape::Alias(_) | Shape::Enum(_) => {}
            Shape::Struct(fields) => {
                for field in fields {
                    self.collect_params(
                        version,
                        &field.ty,
                        &names::camel(&field.schema_name),
                        &mut params,
                    );
                }
            }
            Shape::Union(members) => {
                for member in members {
                    self.collect_params(version, &member.ty, &member.name, &mut params);
                }
            }
        }
        params
    }

    fn collect_params(&self, version: usize, ty: &Expr, hint: &str, params: &mut Vec<Param>) {
        if !self.borrows(version, ty) {
            return;
        }
        match ty {
            Expr::Named(name) if self.is_generic(version, name) => {
                for param in self.params(version, name) {
                    add_param(params, param);
                }
            }
            Expr::Optional(inner) | Expr::FixedList(inner, _) => {
                self.collect_params(version, inner, hint, params)
            }
            _ => add_param(params, self.param(ty, hint)),
        }
    }

    /// The parameter that stands for a field of this type. Text is one parameter however many fields hold it.
    #[allow(clippy::unused_self, reason = "beside its siblings")]
    pub(super) fn param(&self, ty: &Expr, hint: &str) -> Param {
        let name = match ty {
            Expr::Named(name) => name.clone(),
            Expr::Primitive(PrimitiveExpr(Primitive::Str)) => "Str".to_owned(),
            Expr::Primitive(PrimitiveExpr(Primitive::Data)) => "Data".to_owned(),
            _ => hint.to_owned(),
        };
        Param {
            name,
            ty: ty.clone(),
        }
    }

    /// The types of `version` that another version defines, by that version.
    pub(super) fn imports(&self, version: usize) -> BTreeMap<usize, Vec<&Item>> {
        let mut imports = BTreeMap::<usize, Vec<&Item>>::new();
        for item in &self.versions[version].items {
            let home = self.home(version, &item.name);
            if home != version {
                imports.entry(home).or_default().push(item);
            }
        }
        imports
    }
}

fn add_param(params: &mut Vec<Param>, mut param: Param) {
    while let Some(known) = params.iter().find(|known| known.name == param.name) {
        if known.ty == param.ty {
            return;
        }
        // Two fields of one name and different types: the second is told apart.
        param.name.push('2');
    }
    params.push(param);
}

/// The same layout and the same names, comments aside.
fn same_shape(a: &Shape, b: &Shape) -> bool {
    match (a, b) {
        (Shape::Alias(a), Shape::Alias(b)) => a == b,
        (Shape::Struct(a), Shape::Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.schema_name == b.schema_name && a.ty == b.ty)
        }
        (Shape::Enum(a), Shape::Enum(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.name.text == b.name.text && a.value == b.value)
        }
        (Shape::Union(a), Shape::Union(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.tag == b.tag && a.ty == b.ty)
        }
        _ => false,
    }
}

/// The names that a shape uses.
fn parts(shape: &Shape) -> Vec<String> {
    fn collect(ty: &Expr, names: &mut Vec<String>) {
        match ty {
            Expr::Primitive(_) | Expr::FixedData(_) => {}
            Expr::Optional(inner) | Expr::List(inner) | Expr::FixedList(inner, _) => {
                collect(inner, names)
            }
            Expr::Map(key, value) => {
                collect(key, names);
                collect(value, names);
            }
            Expr::Named(name) => names.push(name.clone()),
        }
    }
    let mut names = Vec::new();
    match shape {
        Shape::Alias(ty) => collect(ty, &mut names),
        Shape::Enum(_) => {}
        Shape::Struct(fields) => fields
            .iter()
            .for_each(|field| collect(&field.ty, &mut names)),
        Shape::Union(members) => members
            .iter()
            .for_each(|member| collect(&member.ty, &mut names)),
    }
    names
}

/// The types of a version with the anonymous ones named after where they stand, each before the type that uses it.
fn flatten(version: &Version<'_>) -> Result<Vec<Item>, Error> {
    let mut flat = Flat {
        version: version.name,
        items: Vec::new(),
        rust_names: BTreeMap::new(),
    };
    let Schema { doc: _, types } = version.schema;
    for def in types {
        let shape = flat.shape(&def.name.text, &def.ty)?;
        flat.push(Item {
            name: def.name.text.clone(),
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
            TypeKind::Named(name) => Expr::Named(name.clone()),
            TypeKind::Struct(_) | TypeKind::Enum(_) | TypeKind::Union(_) => {
                let shape = self.shape(hint, ty)?;
                self.push(Item {
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

fn claim(
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
        Expr::Named(name) => name.clone(),
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
