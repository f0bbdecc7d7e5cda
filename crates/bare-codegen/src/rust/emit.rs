//! A generated file: its types and their traits.

use std::fmt::Write as _;

use crate::model::EnumValue;

use super::items::{Expr, FieldItem, Item, MemberItem, Shape};
use super::plan::{Plan, RUNTIME};
use super::types::Form;
use super::{Options, body, names};

/// Everything a file of `version` holds.
pub(super) fn file(plan: &Plan<'_>, version: usize, options: &Options) -> String {
    let mut emit = Emit {
        plan,
        version,
        path: plan.versions[version].version.schema_path,
        out: String::new(),
    };
    emit.header(&options.command);
    emit.imports();
    for item in &plan.versions[version].items {
        if plan.home(version, &item.name) == version {
            emit.item(item);
        }
    }
    emit.definitions();
    emit.table();
    shorten_paths(&emit.out, |name| plan.is_free(version, name))
}

/// Paths into the runtime are written in full, and shortened here where the schema leaves the name free. They are a tenth
/// of the code otherwise.
fn shorten_paths(code: &str, is_free: impl Fn(&str) -> bool) -> String {
    let mut short = String::new();
    for line in code.lines() {
        // Documentation is the schema's, and the import is what the short paths rely on.
        if line.trim_start().starts_with("//") || line.starts_with("use bare::") {
            short.push_str(line);
        } else {
            short.push_str(&shorten_path(line, &is_free));
        }
        short.push('\n');
    }
    short
}

fn shorten_path(line: &str, is_free: impl Fn(&str) -> bool) -> String {
    let mut parts = line.split(PREFIX);
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric());
        let name = &part[..end.unwrap_or(part.len())];
        if !(RUNTIME.contains(&name) && is_free(name)) {
            short.push_str(PREFIX);
        }
        short.push_str(part);
    }
    short
}

const PREFIX: &str = "bare::";
/// Names of the runtime whose methods generated code calls.
const METHODS: &[&str] = &["Encode", "IntoOwned", "Lend", "MapKey"];

pub(super) struct Emit<'p, 'a> {
    pub(super) plan: &'p Plan<'a>,
    pub(super) version: usize,
    path: &'p str,
    pub(super) out: String,
}

/// Writes a line or more into the file.
macro_rules! put {
    ($emit:expr, $($arg:tt)*) => {{
        // Writing to a string cannot fail.
        let _ = writeln!($emit.out, $($arg)*);
    }};
}

pub(super) use put;

impl Emit<'_, '_> {
    fn header(&mut self, command: &str) {
        put!(
            self,
            "// Written by `{command}` from {}. Do not edit.",
            self.path
        );
        put!(
            self,
            "#![allow(clippy::all, clippy::pedantic, unused_imports, unused_mut, reason = \"generated code\")]"
        );
        put!(
            self,
            "//! Version {} of the schema, `{}`.",
            self.plan.versions[self.version].version.name,
            self.path
        );
        let doc = &self.plan.versions[self.version].version.schema.doc;
        if !doc.is_empty() {
            put!(self, "//!");
        }
        for line in names::doc(doc) {
            put!(self, "//! {line}");
        }
        put!(self, "");
        // A type of the schema keeps its name. The methods of traits are needed in any case.
        let names: Vec<String> = RUNTIME
            .iter()
            .filter_map(|name| {
                let is_trait = METHODS.contains(name);
                if self.plan.is_free(self.version, name) {
                    Some((*name).to_owned())
                } else {
                    is_trait.then(|| format!("{name} as _"))
                }
            })
            .collect();
        put!(self, "use bare::{{{}}};", names.join(", "));
        put!(self, "");
    }

    fn imports(&mut self) {
        for (home, items) in self.plan.imports(self.version) {
            let mut names = Vec::new();
            for item in items {
                names.extend(self.plan.rust_names(self.version, item));
            }
            put!(
                self,
                "pub use super::{}::{{{}}};",
                self.plan.versions[home].version.name,
                names.join(", ")
            );
        }
    }

    fn doc(&mut self, item: &Item) {
        self.doc_lines(&item.doc);
        if !item.doc.is_empty() {
            put!(self, "///");
        }
        put!(self, "/// Schema: `{}`, line {}.", self.path, item.line);
    }

    fn doc_lines(&mut self, lines: &[String]) {
        for line in names::doc(lines) {
            put!(self, "/// {line}");
        }
    }

    /// Documentation that every public thing has, whatever the schema says.
    fn field_doc(&mut self, lines: &[String], fallback: &str) {
        if lines.is_empty() {
            put!(self, "/// {fallback}");
        }
        self.doc_lines(lines);
    }

    fn item(&mut self, item: &Item) {
        match &item.shape {
            Shape::Alias(ty) => self.alias(item, ty),
            Shape::Enum(values) => self.enumeration(item, values),
            Shape::Struct(_) | Shape::Union(_) => self.composite(item),
        }
    }

    fn alias(&mut self, item: &Item, ty: &Expr) {
        let name = &item.name;
        self.doc(item);
        put!(
            self,
            "pub type {name} = {};",
            self.plan.rust(self.version, ty, Form::Owned)
        );
        if self.plan.borrows(self.version, ty) {
            put!(self, "/// [`{name}`] in its borrowed form.");
            put!(
                self,
                "pub type {name}Ref<'a> = {};",
                self.plan.rust(self.version, ty, Form::Borrowed)
            );
        }
    }

    fn enumeration(&mut self, item: &Item, values: &[EnumValue]) {
        let name = &item.name;
        let repr = if body::one_octet(values.iter().map(|value| value.value)) {
            "u8"
        } else {
            "u64"
        };
        self.doc(item);
        put!(
            self,
            "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]"
        );
        self.serde_derive(item);
        put!(self, "#[repr({repr})]");
        put!(self, "pub enum {name} {{");
        for value in values {
            self.field_doc(&value.doc, &format!("`{}`", value.name.text));
            put!(
                self,
                "{} = {},",
                names::camel(&value.name.text),
                value.value
            );
        }
        put!(self, "}}");
        self.encode_impl(
            item,
            "",
            name,
            &body::enum_encoded_len(values),
            &body::enum_encode(values),
        );
        let decode = body::enum_decode(values, names::camel);
        self.decode_impl(
            item,
            name,
            &decode,
            "let (reader, _) = <Self as bare::Decode>::decode_from(reader)?; Ok(reader)",
        );
        self.identity_impls(name);
        put!(self, "impl bare::MapKey for {name} {{");
        put!(
            self,
            "    #[inline] fn fingerprint(&self) -> u64 {{ (*self as u64).fingerprint() }}"
        );
        put!(self, "}}");
    }

    fn composite(&mut self, item: &Item) {
        let name = &item.name;
        let version = self.version;
        if self.plan.is_generic(version, name) {
            self.generic(item);
            return;
        }
        self.doc(item);
        self.derive(item, !self.plan.borrows_item(version, item));
        self.serde_derive(item);
        self.definition(item, name, "", &|plan, ty, _| {
            plan.rust(version, ty, Form::Owned)
        });
        let (len, encode) = self.encode_bodies(item);
        self.encode_impl(item, "", name, &len, &encode);
        if !self.plan.borrows_item(version, item) {
            self.decode_shape(item, name);
            self.identity_impls(name);
            return;
        }
        put!(self, "/// [`{name}`] in its borrowed form.");
        self.derive(item, true);
        self.definition(item, &format!("{name}Ref"), "<'a>", &|plan, ty, _| {
            plan.rust(version, ty, Form::Borrowed)
        });
        self.encode_impl(item, "", &format!("{name}Ref<'_>"), &len, &encode);
        self.borrowed_impls(item);
    }

    /// A type with parameters, and the two forms as names for it.
    fn generic(&mut self, item: &Item) {
        let name = &item.name;
        let version = self.version;
        let plan = self.plan;
        let params = plan.params(version, name);
        put!(
            self,
            "/// [`{name}`] in either form: `{name}` owns its data, `{name}Ref` borrows."
        );
        put!(self, "///");
        self.doc(item);
        self.derive(item, true);
        self.serde_derive(item);
        let list = plan.param_list(version, name, "");
        self.definition(item, &format!("{name}Of"), &list, &|plan, ty, hint| {
            plan.generic(version, params, ty, hint)
        });
        for (form, suffix, lifetime) in [(Form::Owned, "", ""), (Form::Borrowed, "Ref", "<'a>")] {
            let args: Vec<String> = params
                .iter()
                .map(|param| plan.rust(version, &param.ty, form))
                .collect();
            if form == Form::Owned {
                self.doc(item);
            } else {
                put!(self, "/// [`{name}`] in its borrowed form.");
            }
            put!(
                self,
                "pub type {name}{suffix}{lifetime} = {name}Of<{}>;",
                args.join(", ")
            );
        }
        let (len, encode) = self.encode_bodies(item);
        let bounded = plan.param_list(version, name, ": bare::Encode");
        self.encode_impl(item, &bounded, &format!("{name}Of{list}"), &len, &encode);
        self.lend(item, &list);
        self.borrowed_impls(item);
    }

    /// The value with its parameters behind references, for a converter of a message that is only lent to it.
    fn lend(&mut self, item: &Item, list: &str) {
        let name = &item.name;
        let plan = self.plan;
        let version = self.version;
        let lent = |reference: &str| {
            let params = plan.params(version, name).iter();
            let args: Vec<String> = params
                .map(|param| format!("{reference}{}", param.name))
                .collect();
            format!("{name}Of<{}>", args.join(", "))
        };
        put!(self, "impl{list} bare::Lend for {name}Of{list} {{");
        put!(self, "    type Lent<'v> = {} where Self: 'v;", lent("&'v "));
        put!(self, "    #[inline]");
        // A union may have a member `Lent`, so this is not `Self::Lent<'_>`.
        put!(self, "    fn lend(&self) -> {} {{", lent("&"));
        match &item.shape {
            Shape::Struct(fields) => {
                put!(self, "{name}Of {{");
                for field in fields {
                    let value = self.ref_of(&field.ty, &format!("self.{}", field.name), true);
                    put!(self, "{}: {value},", field.name);
                }
                put!(self, "}}");
            }
            Shape::Union(members) => {
                put!(self, "match self {{");
                for MemberItem {
                    name: variant, ty, ..
                } in members
                {
                    if plan.is_void(version, ty) {
                        put!(self, "Self::{variant} => {name}Of::{variant},");
                    } else {
                        let value = self.ref_of(ty, "value", false);
                        put!(
                            self,
                            "Self::{variant}(value) => {name}Of::{variant}({value}),"
                        );
                    }
                }
                put!(self, "}}");
            }
            Shape::Alias(_) | Shape::Enum(_) => {}
        }
        put!(self, "}}");
        put!(self, "}}");
    }

    /// `value` (a place, or a reference) of a type, with its parameters borrowed.
    fn ref_of(&self, ty: &Expr, value: &str, is_place: bool) -> String {
        let plan = self.plan;
        if !plan.borrows(self.version, ty) {
            return if is_place {
                value.to_owned()
            } else {
                format!("*{value}")
            };
        }
        match ty {
            Expr::Named(_) if plan.generic_name(self.version, ty).is_some() => {
                format!("{value}.lend()")
            }
            Expr::Optional(inner) => {
                let inner = self.ref_of(inner, "value", false);
                format!("{value}.as_ref().map(|value| {inner})")
            }
            Expr::FixedList(inner, _) => {
                let inner = self.ref_of(inner, "value", false);
                format!("{value}.each_ref().map(|value| {inner})")
            }
            _ if is_place => format!("&{value}"),
            _ => value.to_owned(),
        }
    }

    fn derive(&mut self, item: &Item, copy: bool) {
        let eq = self.plan.item_facts(self.version, item).total_eq;
        let copy = if copy { ", Copy" } else { "" };
        let eq = if eq { ", Eq" } else { "" };
        put!(self, "#[derive(Debug, Clone{copy}, PartialEq{eq})]");
    }

    fn serde_derive(&mut self, item: &Item) {
        if self.plan.item_facts(self.version, item).serde {
            put!(
                self,
                "#[cfg_attr(feature = \"serde\", derive(serde::Serialize, serde::Deserialize))]"
            );
        }
    }

    /// A struct or enum. `rust` gives the type of a field, from the schema's type and a name for a parameter.
    fn definition(
        &mut self,
        item: &Item,
        name: &str,
        generics: &str,
        rust: &dyn Fn(&Plan<'_>, &Expr, &str) -> String,
    ) {
        match &item.shape {
            Shape::Struct(fields) => {
                put!(self, "pub struct {name}{generics} {{");
                for FieldItem {
                    schema_name,
                    name,
                    doc,
                    ty,
                } in fields
                {
                    self.field_doc(doc, &format!("`{schema_name}`"));
                    put!(
                        self,
                        "pub {name}: {},",
                        rust(self.plan, ty, &names::camel(schema_name))
                    );
                }
                put!(self, "}}");
            }
            Shape::Union(members) => {
                put!(self, "pub enum {name}{generics} {{");
                for MemberItem {
                    schema_name,
                    name,
                    tag,
                    ty,
                } in members
                {
                    put!(self, "/// Tag {tag}: `{schema_name}`.");
                    if self.plan.is_void(self.version, ty) {
                        put!(self, "{name},");
                    } else {
                        put!(self, "{name}({}),", rust(self.plan, ty, name));
                    }
                }
                put!(self, "}}");
            }
            Shape::Alias(_) | Shape::Enum(_) => {}
        }
    }

    fn encode_bodies(&self, item: &Item) -> (String, String) {
        let version = self.version;
        match &item.shape {
            Shape::Struct(fields) => (
                self.plan.struct_encoded_len(version, fields),
                self.plan.struct_encode(version, fields),
            ),
            Shape::Union(members) => (
                self.plan.union_encoded_len(version, members),
                self.plan.union_encode(version, members),
            ),
            Shape::Alias(_) | Shape::Enum(_) => (String::new(), String::new()),
        }
    }

    fn encode_impl(&mut self, item: &Item, generics: &str, ty: &str, len: &str, encode: &str) {
        let inline = self.inline(item);
        put!(self, "impl{generics} bare::Encode for {ty} {{");
        put!(
            self,
            "    #[inline] fn encoded_len(&self) -> usize {{ {len} }}"
        );
        put!(
            self,
            "    {inline} fn encode<'w, 'v>(&'v self, mut writer: bare::Writer<'w, 'v>) -> bare::Writer<'w, 'v> {{ {encode} }}"
        );
        put!(self, "}}");
    }

    /// The attribute of a type's encoder and decoder: small types are always inlined, so that the cursor stays in
    /// registers through the loop over a list of them; large ones where the compiler finds it worth while.
    fn inline(&self, item: &Item) -> &'static str {
        if self.is_small(item) {
            "#[inline(always)]"
        } else {
            "#[inline]"
        }
    }

    fn is_small(&self, item: &Item) -> bool {
        self.plan.item_facts(self.version, item).weight <= 8
    }

    fn decode_shape(&mut self, item: &Item, ty: &str) {
        let version = self.version;
        let (decode, verify) = match &item.shape {
            Shape::Struct(fields) => (
                self.plan.struct_decode(version, fields),
                self.plan.struct_verify(version, fields),
            ),
            Shape::Union(members) => (
                self.plan.union_decode(version, members),
                self.plan.union_verify(version, members),
            ),
            Shape::Alias(_) | Shape::Enum(_) => return,
        };
        self.decode_impl(item, ty, &decode, &verify);
    }

    fn decode_impl(&mut self, item: &Item, ty: &str, decode: &str, verify: &str) {
        let facts = self.plan.item_facts(self.version, item);
        let min = facts.min_size;
        let result = self.plan.prelude(self.version, "Result");
        let inline = self.inline(item);
        put!(self, "impl<'a> bare::Decode<'a> for {ty} {{");
        put!(self, "    const MIN_SIZE: usize = {min};");
        if facts.ends_in_data {
            put!(self, "    const PREFETCH: bool = true;");
        }
        put!(self, "    {inline}");
        put!(
            self,
            "    fn decode_in<'r, P: bare::Place<Self>>(mut reader: bare::Reader<'r, 'a>, place: P) -> bare::Decoded<'r, 'a, P::Done> {{ {decode} }}"
        );
        // Where nothing is built, reading over a value is reading it.
        if facts.builds {
            put!(
                self,
                "    {inline} fn verify_from<'r>(mut reader: bare::Reader<'r, 'a>) -> {result}<bare::Reader<'r, 'a>, bare::Fault> {{ {verify} }}"
            );
        }
        if !self.is_small(item) && self.plan.is_list_item(self.version, item) {
            // One loop for all lists of the type, so that it is worth inlining the type into it.
            put!(self, "    #[inline(never)]");
            put!(
                self,
                "    fn decode_list<'r>(reader: bare::Reader<'r, 'a>, count: usize, offset: usize) -> bare::Decoded<'r, 'a, &'a [Self]> {{ reader.items(count, offset) }}"
            );
        }
        put!(self, "}}");
    }

    /// What a type that borrows nothing has.
    fn identity_impls(&mut self, name: &str) {
        put!(self, "impl bare::IntoOwned for {name} {{");
        put!(self, "    type Owned = Self;");
        put!(self, "    #[inline] fn into_owned(self) -> Self {{ self }}");
        put!(self, "}}");
        self.message_impl(name, name);
    }

    /// What the borrowed form of a type has.
    fn borrowed_impls(&mut self, item: &Item) {
        let name = &item.name;
        self.decode_shape(item, &format!("{name}Ref<'a>"));
        put!(self, "impl bare::IntoOwned for {name}Ref<'_> {{");
        put!(self, "    type Owned = {name};");
        put!(self, "    #[inline]");
        put!(self, "    fn into_owned(self) -> {name} {{");
        match &item.shape {
            Shape::Struct(fields) => {
                put!(self, "{name} {{");
                for FieldItem { name, ty, .. } in fields {
                    let owned = if self.plan.borrows(self.version, ty) {
                        ".into_owned()"
                    } else {
                        ""
                    };
                    put!(self, "{name}: self.{name}{owned},");
                }
                put!(self, "}}");
            }
            Shape::Union(members) => {
                put!(self, "match self {{");
                for MemberItem {
                    name: variant, ty, ..
                } in members
                {
                    if self.plan.is_void(self.version, ty) {
                        put!(self, "Self::{variant} => {name}::{variant},");
                    } else {
                        put!(
                            self,
                            "Self::{variant}(value) => {name}::{variant}(value.into_owned()),"
                        );
                    }
                }
                put!(self, "}}");
            }
            Shape::Alias(_) | Shape::Enum(_) => {}
        }
        put!(self, "    }}");
        put!(self, "}}");
        self.message_impl(name, &format!("{name}Ref<'a>"));
    }

    fn message_impl(&mut self, name: &str, borrowed: &str) {
        let long = borrowed.replace("'a", "'l");
        let short = borrowed.replace("'a", "'s");
        put!(self, "impl bare::Message for {name} {{");
        put!(self, "    type Ref<'a> = {borrowed};");
        put!(
            self,
            "    const DEFINITION: &'static bare::schema::TypeDef = &definitions::{};",
            names::constant(name)
        );
        put!(
            self,
            "    fn shorten<'s, 'l: 's>(value: &'s {long}) -> &'s {short} {{ value }}"
        );
        put!(self, "}}");
    }
}
