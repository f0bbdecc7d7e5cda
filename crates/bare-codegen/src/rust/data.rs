//! What a generated file holds beside the types: their description as data, and the lists of them.

use std::fmt::Write as _;

use super::emit::{Emit, put};
use super::items::{Expr, Item, MemberItem, PrimitiveExpr, Shape, primitive_name};
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
            "use bare::schema::{{EnumValue, Field, Kind, Member, Type, TypeDef}};"
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
        put!(
            self,
            "pub static {}: TypeDef = TypeDef {{ name: \"{}\", kind: ",
            names::constant(name),
            item.schema_name
        );
        match &item.shape {
            Shape::Alias(ty) => put!(self, "Kind::Alias({})", description(ty)),
            Shape::Struct(fields) => {
                put!(self, "Kind::Struct(&[");
                for field in fields {
                    let ty = description(&field.ty);
                    put!(
                        self,
                        "Field {{ name: \"{}\", ty: {ty} }},",
                        field.schema_name
                    );
                }
                put!(self, "])");
            }
            Shape::Enum(values) => {
                put!(self, "Kind::Enum(&[");
                for value in values {
                    put!(
                        self,
                        "EnumValue {{ name: \"{}\", value: {} }},",
                        value.name.text,
                        value.value
                    );
                }
                put!(self, "])");
            }
            Shape::Union(members) => {
                put!(self, "Kind::Union(&[");
                for MemberItem {
                    schema_name,
                    tag,
                    ty,
                    ..
                } in members
                {
                    let ty = description(ty);
                    put!(
                        self,
                        "Member {{ tag: {tag}, name: \"{schema_name}\", ty: {ty} }},"
                    );
                }
                put!(self, "])");
            }
        }
        put!(self, "}};");
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
