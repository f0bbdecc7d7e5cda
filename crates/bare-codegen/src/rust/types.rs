//! Type expressions in Rust.

use crate::model::Primitive;

use super::names;
use super::plan::{Expr, Plan, PrimitiveExpr, primitive_name};

/// Which Rust type stands for a type of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The one that owns its data.
    Owned,
    /// The one that borrows for `'a`.
    Borrowed,
}

impl Plan<'_> {
    /// The type in a form.
    pub(super) fn rust(&self, version: usize, ty: &Expr, form: Form) -> String {
        match (ty, form) {
            (Expr::Primitive(PrimitiveExpr(primitive)), _) => match (primitive, form) {
                (Primitive::Str, Form::Owned) => "String".to_owned(),
                (Primitive::Str, Form::Borrowed) => "&'a str".to_owned(),
                (Primitive::Data, Form::Owned) => "Vec<u8>".to_owned(),
                (Primitive::Data, Form::Borrowed) => "&'a [u8]".to_owned(),
                (Primitive::Uint, _) => "Uint".to_owned(),
                (Primitive::Int, _) => "Int".to_owned(),
                (Primitive::Void, _) => "()".to_owned(),
                (other, _) => primitive_name(*other).to_owned(),
            },
            (Expr::FixedData(len), _) => format!("[u8; {len}]"),
            (Expr::Optional(inner), _) => format!("Option<{}>", self.rust(version, inner, form)),
            (Expr::FixedList(inner, len), _) => {
                format!("[{}; {len}]", self.rust(version, inner, form))
            }
            (Expr::List(inner), Form::Owned) => format!("Vec<{}>", self.rust(version, inner, form)),
            (Expr::List(inner), Form::Borrowed) => {
                format!("&'a [{}]", self.rust(version, inner, form))
            }
            (Expr::Map(key, value), Form::Owned) => {
                format!(
                    "Map<{}, {}>",
                    self.rust(version, key, form),
                    self.rust(version, value, form)
                )
            }
            (Expr::Map(key, value), Form::Borrowed) => {
                format!(
                    "MapRef<'a, {}, {}>",
                    self.rust(version, key, form),
                    self.rust(version, value, form)
                )
            }
            (Expr::Named(name), Form::Borrowed) if self.borrows(version, ty) => {
                format!("{name}Ref<'a>")
            }
            (Expr::Named(name), _) => name.clone(),
        }
    }

    /// The type of a field of a generic type, in terms of its parameters. `wrap` is put around each parameter.
    pub(super) fn generic(
        &self,
        version: usize,
        ty: &Expr,
        hint: &str,
        wrap: &dyn Fn(&str) -> String,
    ) -> String {
        if !self.borrows(version, ty) {
            return self.rust(version, ty, Form::Owned);
        }
        match ty {
            Expr::Named(name) if self.is_generic(version, name) => {
                let params: Vec<String> = self
                    .params(version, name)
                    .iter()
                    .map(|param| wrap(&param.name))
                    .collect();
                format!("{name}Of<{}>", params.join(", "))
            }
            Expr::Optional(inner) => {
                format!("Option<{}>", self.generic(version, inner, hint, wrap))
            }
            Expr::FixedList(inner, len) => {
                format!("[{}; {len}]", self.generic(version, inner, hint, wrap))
            }
            _ => wrap(&self.param(ty, hint).name),
        }
    }

    /// The fewest octets a value takes.
    pub(super) fn min_size(&self, version: usize, ty: &Expr) -> u64 {
        match ty {
            Expr::Primitive(PrimitiveExpr(primitive)) => match primitive {
                Primitive::Void => 0,
                _ => fixed_primitive(*primitive).unwrap_or(1),
            },
            Expr::FixedData(len) => *len,
            Expr::Optional(_) | Expr::List(_) | Expr::Map(_, _) => 1,
            Expr::FixedList(inner, len) => self.min_size(version, inner).saturating_mul(*len),
            Expr::Named(name) => self.item_min_size(version, name),
        }
    }

    pub(super) fn item_min_size(&self, version: usize, name: &str) -> u64 {
        use super::plan::Shape;
        match &self.item(version, name).shape {
            Shape::Alias(ty) => self.min_size(version, ty),
            Shape::Struct(fields) => fields
                .iter()
                .map(|field| self.min_size(version, &field.ty))
                .sum(),
            Shape::Enum(values) => values
                .iter()
                .map(|value| varint_size(value.value))
                .min()
                .unwrap_or(1),
            Shape::Union(members) => members
                .iter()
                .map(|member| varint_size(member.tag) + self.min_size(version, &member.ty))
                .min()
                .unwrap_or(1),
        }
    }

    /// Octets of a field of fixed width: a number, a `bool` or `data[n]`.
    pub(super) fn fixed_size(&self, version: usize, ty: &Expr) -> Option<u64> {
        match self.resolve(version, ty) {
            Expr::Primitive(PrimitiveExpr(primitive)) => fixed_primitive(*primitive),
            Expr::FixedData(len) => Some(*len),
            _ => None,
        }
    }

    /// The attribute of a type's encoder and decoder: small types are always inlined, so that the cursor stays in
    /// registers through the loop over a list of them; large ones where the compiler finds it worth while.
    pub(super) fn inline(&self, version: usize, name: &str) -> &'static str {
        const SMALL: usize = 8;
        if self.weight(version, &Expr::Named(name.to_owned())) <= SMALL {
            "#[inline(always)]"
        } else {
            "#[inline]"
        }
    }

    /// About how many steps it takes to read or write a value.
    fn weight(&self, version: usize, ty: &Expr) -> usize {
        use super::plan::Shape;
        /// A loop is not inlined for its own sake.
        const LOOP: usize = 16;
        match ty {
            Expr::Primitive(_) | Expr::FixedData(_) => 1,
            Expr::Optional(inner) => 1 + self.weight(version, inner),
            Expr::List(_) | Expr::FixedList(_, _) | Expr::Map(_, _) => LOOP,
            Expr::Named(name) => match &self.item(version, name).shape {
                Shape::Alias(ty) => self.weight(version, ty),
                Shape::Enum(_) => 1,
                Shape::Struct(fields) => fields
                    .iter()
                    .map(|field| self.weight(version, &field.ty))
                    .sum(),
                Shape::Union(members) => {
                    1 + members
                        .iter()
                        .map(|member| self.weight(version, &member.ty))
                        .sum::<usize>()
                }
            },
        }
    }

    /// The name of a generic type's parameter list, `<A, B>`, with `bound` behind each.
    pub(super) fn param_list(&self, version: usize, name: &str, bound: &str) -> String {
        let params: Vec<String> = self
            .params(version, name)
            .iter()
            .map(|param| format!("{}{bound}", param.name))
            .collect();
        format!("<{}>", params.join(", "))
    }

    /// Whether serde's derive can shape the type as the wire has it: tags and values that are positions, and arrays
    /// that serde knows.
    pub(super) fn serde(&self, version: usize, ty: &Expr) -> bool {
        const LONGEST_ARRAY: u64 = 32;
        match ty {
            Expr::Primitive(_) => true,
            Expr::FixedData(len) => *len <= LONGEST_ARRAY,
            Expr::Optional(inner) | Expr::List(inner) => self.serde(version, inner),
            Expr::FixedList(inner, len) => *len <= LONGEST_ARRAY && self.serde(version, inner),
            Expr::Map(key, value) => self.serde(version, key) && self.serde(version, value),
            Expr::Named(name) => self.serde_item(version, name),
        }
    }

    pub(super) fn serde_item(&self, version: usize, name: &str) -> bool {
        use super::plan::Shape;
        match &self.item(version, name).shape {
            Shape::Alias(ty) => self.serde(version, ty),
            Shape::Struct(fields) => fields.iter().all(|field| self.serde(version, &field.ty)),
            Shape::Enum(values) => (0..).zip(values).all(|(at, value)| value.value == at),
            Shape::Union(members) => (0..)
                .zip(members)
                .all(|(at, member)| member.tag == at && self.serde(version, &member.ty)),
        }
    }

    /// Whether equality is total: no float inside.
    pub(super) fn total_eq(&self, version: usize, ty: &Expr) -> bool {
        use super::plan::Shape;
        match ty {
            Expr::Primitive(PrimitiveExpr(primitive)) => {
                !matches!(primitive, Primitive::F32 | Primitive::F64)
            }
            Expr::FixedData(_) => true,
            Expr::Optional(inner) | Expr::List(inner) | Expr::FixedList(inner, _) => {
                self.total_eq(version, inner)
            }
            Expr::Map(_, value) => self.total_eq(version, value),
            Expr::Named(name) => match &self.item(version, name).shape {
                Shape::Alias(ty) => self.total_eq(version, ty),
                Shape::Enum(_) => true,
                Shape::Struct(fields) => {
                    fields.iter().all(|field| self.total_eq(version, &field.ty))
                }
                Shape::Union(members) => members
                    .iter()
                    .all(|member| self.total_eq(version, &member.ty)),
            },
        }
    }

    /// The type as constant data of `bare::schema`.
    pub(super) fn description(&self, ty: &Expr) -> String {
        match ty {
            Expr::Primitive(PrimitiveExpr(primitive)) => {
                format!("Type::{}", names::camel(primitive_name(*primitive)))
            }
            Expr::FixedData(len) => format!("Type::FixedData({len})"),
            Expr::Optional(inner) => format!("Type::Optional(&{})", self.description(inner)),
            Expr::List(inner) => format!("Type::List(&{})", self.description(inner)),
            Expr::FixedList(inner, len) => {
                format!("Type::FixedList(&{}, {len})", self.description(inner))
            }
            Expr::Map(key, value) => format!(
                "Type::Map(&{}, &{})",
                self.description(key),
                self.description(value)
            ),
            Expr::Named(name) => format!("Type::Named(&{})", names::constant(name)),
        }
    }
}

fn fixed_primitive(primitive: Primitive) -> Option<u64> {
    match primitive {
        Primitive::U8 | Primitive::I8 | Primitive::Bool => Some(1),
        Primitive::U16 | Primitive::I16 => Some(2),
        Primitive::U32 | Primitive::I32 | Primitive::F32 => Some(4),
        Primitive::U64 | Primitive::I64 | Primitive::F64 => Some(8),
        Primitive::Uint | Primitive::Int | Primitive::Str | Primitive::Data | Primitive::Void => {
            None
        }
    }
}

pub(super) fn varint_size(value: u64) -> u64 {
    let bits = 64 - (value | 1).leading_zeros();
    u64::from(bits.div_ceil(7))
}
