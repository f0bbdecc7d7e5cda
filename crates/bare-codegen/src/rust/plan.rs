//! What is generated where: sharing between versions, generic types and their parameters, names that are taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Primitive;

use super::facts::{Facts, facts_of_shape, facts_of_type};
use super::items::{Expr, Item, PrimitiveExpr, Shape, claim, flatten};
use super::{Error, Version, names};

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
    facts: BTreeMap<String, Facts>,
    /// For each type: the version that holds its definition.
    home: BTreeMap<String, usize>,
    /// The names of types in the module.
    taken: BTreeSet<String>,
}

/// All versions.
pub(super) struct Plan<'a> {
    pub(super) versions: Vec<VersionPlan<'a>>,
    /// Types that are generic, by the version that defines them and name.
    generic: BTreeSet<(usize, String)>,
    /// The parameters of generic types, by the version that uses them and name.
    params: BTreeMap<(usize, String), Vec<Param>>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(versions: &[Version<'a>], roots: &[String]) -> Result<Self, Error> {
        let mut plan = Self {
            versions: Vec::new(),
            generic: BTreeSet::new(),
            params: BTreeMap::new(),
        };
        for version in versions {
            let items = flatten(version)?;
            let mut facts = BTreeMap::new();
            for item in &items {
                let known = facts_of_shape(&item.shape, &facts);
                facts.insert(item.name.clone(), known);
            }
            let by_name = items
                .iter()
                .enumerate()
                .map(|(at, item)| (item.name.clone(), at))
                .collect();
            plan.versions.push(VersionPlan {
                version: *version,
                items,
                by_name,
                facts,
                home: BTreeMap::new(),
                taken: BTreeSet::new(),
            });
            let last = plan.versions.len() - 1;
            let homes = plan.homes(last, roots);
            plan.versions[last].home = homes;
        }
        for root in roots {
            let mut items = plan.versions.iter().flat_map(|version| &version.items);
            if !items.any(|item| item.schema_name == *root) {
                return Err(Error::UnknownRoot(root.clone()));
            }
        }
        plan.generic = plan.find_generic(roots);
        for version in 0..versions.len() {
            plan.versions[version].taken = plan.claim_names(version)?;
        }
        for version in 0..versions.len() {
            plan.find_params(version);
        }
        Ok(plan)
    }

    /// Where each type of version `at` is defined. Types stand in order, so those inside a type come before it.
    fn homes(&self, at: usize, roots: &[String]) -> BTreeMap<String, usize> {
        let mut homes = BTreeMap::new();
        for item in &self.versions[at].items {
            let earlier = at
                .checked_sub(1)
                .filter(|_| !roots.contains(&item.schema_name))
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
                let differs = homes.len() > 1 || roots.contains(&item.schema_name);
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

    pub(super) fn facts(&self, version: usize, ty: &Expr) -> Facts {
        facts_of_type(ty, &self.versions[version].facts)
    }

    pub(super) fn item_facts(&self, version: usize, item: &Item) -> Facts {
        self.versions[version].facts[&item.name]
    }

    /// Whether a list of the type's values stands somewhere in the version.
    pub(super) fn is_list_item(&self, version: usize, item: &Item) -> bool {
        fn has_list_of(ty: &Expr, name: &str) -> bool {
            match ty {
                Expr::List(inner) => {
                    matches!(&**inner, Expr::Named(named) if named == name)
                        || has_list_of(inner, name)
                }
                Expr::Optional(inner) | Expr::FixedList(inner, _) => has_list_of(inner, name),
                Expr::Map(key, value) => has_list_of(key, name) || has_list_of(value, name),
                Expr::Primitive(_) | Expr::FixedData(_) | Expr::Named(_) => false,
            }
        }
        let mut items = self.versions[version].items.iter();
        items.any(|other| match &other.shape {
            Shape::Alias(ty) => has_list_of(ty, &item.name),
            Shape::Struct(fields) => fields
                .iter()
                .any(|field| has_list_of(&field.ty, &item.name)),
            Shape::Union(members) => members
                .iter()
                .any(|member| has_list_of(&member.ty, &item.name)),
            Shape::Enum(_) => false,
        })
    }

    /// Whether the borrowed form differs from the owned one.
    pub(super) fn borrows(&self, version: usize, ty: &Expr) -> bool {
        self.facts(version, ty).borrows
    }

    pub(super) fn borrows_item(&self, version: usize, item: &Item) -> bool {
        self.item_facts(version, item).borrows
    }

    /// What a type is called in the module of a version that has it.
    pub(super) fn rust_names(&self, version: usize, item: &Item) -> Vec<String> {
        let mut names = vec![item.name.clone()];
        if self.borrows_item(version, item) {
            names.push(format!("{}Ref", item.name));
        }
        if self.is_generic(version, &item.name) {
            names.push(format!("{}Of", item.name));
        }
        names
    }

    fn claim_names(&self, at: usize) -> Result<BTreeSet<String>, Error> {
        let version = &self.versions[at];
        let mut types = BTreeMap::new();
        let mut constants = BTreeMap::new();
        // The schema's own names first: a clash is then told from the side of what is made from them.
        for item in &version.items {
            let thing = item.schema_name.clone();
            claim(
                &mut types,
                version.version.name,
                item.name.clone(),
                thing.clone(),
            )?;
            claim(
                &mut constants,
                version.version.name,
                names::constant(&item.name),
                thing,
            )?;
        }
        for item in &version.items {
            for name in self.rust_names(at, item).into_iter().skip(1) {
                let form = if name.ends_with("Ref") {
                    "in its borrowed form"
                } else {
                    "in either form"
                };
                let thing = format!("{} {form}", item.schema_name);
                claim(&mut types, version.version.name, name, thing)?;
            }
        }
        Ok(types.into_keys().collect())
    }

    /// A type that every module sees, by its name, or by its path where a type of the schema has that name.
    pub(super) fn prelude(&self, version: usize, name: &'static str) -> &'static str {
        if !self.versions[version].taken.contains(name) {
            return name;
        }
        PRELUDE
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(name, |(_, path)| path)
    }

    /// Whether no type of the schema has this name.
    pub(super) fn is_free(&self, version: usize, name: &str) -> bool {
        !self.versions[version].taken.contains(name)
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

    /// The generic type behind a type, which may be another name for it.
    pub(super) fn generic_name<'e>(&'e self, version: usize, ty: &'e Expr) -> Option<&'e str> {
        match self.resolve(version, ty) {
            Expr::Named(name) if self.is_generic(version, name) => Some(name),
            _ => None,
        }
    }

    /// The parameters of a generic type: those of its fields in order, each once.
    pub(super) fn params(&self, version: usize, name: &str) -> &[Param] {
        let params = self.params.get(&(version, name.to_owned()));
        params.map_or(&[], Vec::as_slice)
    }

    /// Types stand in order, so the parameters of those inside a type are known before its own.
    fn find_params(&mut self, version: usize) {
        for at in 0..self.versions[version].items.len() {
            let item = &self.versions[version].items[at];
            if !self.is_generic(version, &item.name) {
                continue;
            }
            let mut params = Vec::new();
            match &item.shape {
                Shape::Alias(_) | Shape::Enum(_) => {}
                Shape::Struct(fields) => {
                    for field in fields {
                        let hint = names::camel(&field.schema_name);
                        self.collect_params(version, &field.ty, &hint, &mut params);
                    }
                }
                Shape::Union(members) => {
                    for member in members {
                        self.collect_params(version, &member.ty, &member.name, &mut params);
                    }
                }
            }
            let name = item.name.clone();
            self.params.insert((version, name), params);
        }
    }

    fn collect_params(&self, version: usize, ty: &Expr, hint: &str, params: &mut Vec<Param>) {
        if !self.borrows(version, ty) {
            return;
        }
        match ty {
            Expr::Optional(inner) | Expr::FixedList(inner, _) => {
                self.collect_params(version, inner, hint, params);
            }
            _ => match self.generic_name(version, ty) {
                Some(name) => {
                    for param in self.params(version, name) {
                        add_param(params, param.clone());
                    }
                }
                None => add_param(params, self.param(version, ty, hint)),
            },
        }
    }

    /// The parameter that stands for a field of this type. Text is one parameter however many fields hold it.
    pub(super) fn param(&self, version: usize, ty: &Expr, hint: &str) -> Param {
        let mut name = match ty {
            // It stands for that type and no other, so it may have its name.
            Expr::Named(name) => {
                return Param {
                    name: name.clone(),
                    ty: ty.clone(),
                };
            }
            Expr::Primitive(PrimitiveExpr(Primitive::Str)) => "Str".to_owned(),
            Expr::Primitive(PrimitiveExpr(Primitive::Data)) => "Data".to_owned(),
            _ => hint.to_owned(),
        };
        let taken = &self.versions[version].taken;
        while taken.contains(&name)
            || PRELUDE.iter().any(|(known, _)| *known == name)
            || RUNTIME.contains(&name.as_str())
        {
            name = another(&name);
        }
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

/// What generated code names of the runtime.
pub(super) const RUNTIME: &[&str] = &[
    "Decode",
    "Decoded",
    "Encode",
    "Fault",
    "IntoOwned",
    "Lend",
    "Map",
    "MapKey",
    "MapRef",
    "Message",
    "Place",
    "Reader",
    "Writer",
];

/// What generated types are made of, and where it is.
const PRELUDE: &[(&str, &str)] = &[
    ("Option", "::core::option::Option"),
    ("Result", "::core::result::Result"),
    ("String", "::std::string::String"),
    ("Vec", "::std::vec::Vec"),
];

fn add_param(params: &mut Vec<Param>, mut param: Param) {
    param.name = param_name(params, &param);
    if params.iter().all(|known| known.name != param.name) {
        params.push(param);
    }
}

/// What a parameter is called among `params`: by its name, told apart from others of that name and another type.
pub(super) fn param_name(params: &[Param], param: &Param) -> String {
    let mut name = param.name.clone();
    while params
        .iter()
        .any(|known| known.name == name && known.ty != param.ty)
    {
        name = another(&name);
    }
    name
}

/// A name like this one, where it is taken.
fn another(name: &str) -> String {
    format!("{}2", name.trim_end_matches('_'))
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
                collect(inner, names);
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
