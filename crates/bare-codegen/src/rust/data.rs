//! What a generated file holds beside the types: their description as data, and the lists of them.

use std::fmt::Write as _;

use crate::model::EnumValue;

use super::emit::{Emit, put};
use super::items::{Expr, FieldItem, Item, MemberItem, PrimitiveExpr, Shape, primitive_name};
use super::names;

impl Emit<'_, '_> {
    /// The description of every type as constant data.
    pub(super) fn definitions(&mut self) {
        let plan = self.plan;
        put!(
            self,
            "/// The types of this version as data, each under its name in upper case."
        );
        put!(self, "pub mod definitions {{");
        put!(
            self,
            "use bare::schema::{{Type, TypeDef, field, member, value}};"
        );
        for (home, items) in plan.imports(self.version) {
            let names: Vec<String> = items
                .iter()
                .map(|item| names::constant(&item.name))
                .collect();
            let home = plan.versions[home].version.name;
            put!(
                self,
                "pub use super::super::{home}::definitions::{{{}}};",
                names.join(", ")
            );
        }
        for item in &plan.versions[self.version].items {
            if plan.home(self.version, &item.name) == self.version {
                self.description(item);
            }
        }
        put!(self, "}}");
    }

    fn description(&mut self, item: &Item) {
        let name = &item.name;
        put!(self, "/// `{}`.", item.schema_name);
        let constant = names::constant(name);
        let schema_name = &item.schema_name;
        let (kind, parts) = match &item.shape {
            Shape::Alias(ty) => ("alias", description(ty)),
            Shape::Struct(fields) => {
                let field = |field: &FieldItem| {
                    format!(
                        "field(\"{}\", {})",
                        field.schema_name,
                        description(&field.ty)
                    )
                };
                ("struct", list(fields, field))
            }
            Shape::Enum(values) => {
                let value =
                    |value: &EnumValue| format!("value(\"{}\", {})", value.name.text, value.value);
                ("enum", list(values, value))
            }
            Shape::Union(members) => {
                let member = |member: &MemberItem| {
                    let ty = description(&member.ty);
                    format!("member({}, \"{}\", {ty})", member.tag, member.schema_name)
                };
                ("union", list(members, member))
            }
        };
        put!(
            self,
            "pub static {constant}: TypeDef = TypeDef::of_{kind}(\"{schema_name}\", {parts});"
        );
    }

    /// The lists of all types and of all messages.
    pub(super) fn table(&mut self) {
        let plan = self.plan;
        let version = &plan.versions[self.version];
        let module = version.version.name;
        put!(
            self,
            "/// Every type of this version, in the schema's order."
        );
        put!(
            self,
            "pub static TYPES: [&bare::schema::TypeDef; {}] = [",
            version.items.len()
        );
        for item in &version.items {
            put!(self, "&definitions::{},", names::constant(&item.name));
        }
        put!(self, "];");
        let messages: Vec<&str> = version
            .items
            .iter()
            .filter(|item| !matches!(item.shape, Shape::Alias(_)))
            .map(|item| item.name.as_str())
            .collect();
        put!(
            self,
            "/// Hands the name of every struct, enum and union of this version to a macro, as `callback! {{ A, B, }}`."
        );
        put!(self, "#[macro_export]");
        put!(self, "macro_rules! {module}_messages {{");
        put!(
            self,
            "($callback:ident) => {{ $callback! {{ {}, }} }};",
            messages.join(", ")
        );
        put!(self, "}}");
        let own: Vec<&str> = messages
            .into_iter()
            .filter(|name| plan.home(self.version, name) == self.version)
            .collect();
        if own.is_empty() {
            return;
        }
        put!(self, "#[cfg(feature = \"proptest\")]");
        put!(self, "bare::impl_arbitrary! {{ {}, }}", own.join(", "));
    }
}

/// A constant list.
fn list<T>(items: &[T], describe: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(describe).collect();
    format!("&[{}]", items.join(", "))
}

/// The type as constant data of `bare::schema`.
fn description(ty: &Expr) -> String {
    match ty {
        Expr::Primitive(PrimitiveExpr(primitive)) => {
            format!("Type::{}", names::camel(primitive_name(*primitive)))
        }
        Expr::FixedData(len) => format!("Type::FixedData({len})"),
        Expr::Optional(inner) => format!("Type::Optional(&{})", description(inner)),
        Expr::List(inner) => format!("Type::List(&{})", description(inner)),
        Expr::FixedList(inner, len) => {
            format!("Type::FixedList(&{}, {len})", description(inner))
        }
        Expr::Map(key, value) => {
            format!("Type::Map(&{}, &{})", description(key), description(value))
        }
        Expr::Named(name) => format!("Type::Named(&{})", names::constant(name)),
    }
}
