//! Type expressions in Rust.

use crate::model::Primitive;

use super::items::{Expr, PrimitiveExpr, primitive_name};
use super::plan::{Param, Plan, param_name};

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
        let inside = |ty: &Expr| self.rust(version, ty, form);
        let prelude = |name: &'static str| self.prelude(version, name);
        match (ty, form) {
            (Expr::Primitive(PrimitiveExpr(primitive)), _) => match (primitive, form) {
                (Primitive::Str, Form::Owned) => prelude("String").to_owned(),
                (Primitive::Str, Form::Borrowed) => "&'a str".to_owned(),
                (Primitive::Data, Form::Owned) => format!("{}<u8>", prelude("Vec")),
                (Primitive::Data, Form::Borrowed) => "&'a [u8]".to_owned(),
                (Primitive::Uint, _) => "bare::Uint".to_owned(),
                (Primitive::Int, _) => "bare::Int".to_owned(),
                (Primitive::Void, _) => "()".to_owned(),
                (other, _) => primitive_name(*other).to_owned(),
            },
            (Expr::FixedData(len), _) => format!("[u8; {len}]"),
            (Expr::Optional(inner), _) => format!("{}<{}>", prelude("Option"), inside(inner)),
            (Expr::FixedList(inner, len), _) => format!("[{}; {len}]", inside(inner)),
            (Expr::List(inner), Form::Owned) => format!("{}<{}>", prelude("Vec"), inside(inner)),
            (Expr::List(inner), Form::Borrowed) => format!("&'a [{}]", inside(inner)),
            (Expr::Map(key, value), Form::Owned) => {
                format!("bare::Map<{}, {}>", inside(key), inside(value))
            }
            (Expr::Map(key, value), Form::Borrowed) => {
                format!("bare::MapRef<'a, {}, {}>", inside(key), inside(value))
            }
            (Expr::Named(name), Form::Borrowed) if self.borrows(version, ty) => {
                format!("{name}Ref<'a>")
            }
            (Expr::Named(name), _) => name.clone(),
        }
    }

    /// The type of a field of a generic type with the parameters `params`, in terms of them.
    pub(super) fn generic(
        &self,
        version: usize,
        params: &[Param],
        ty: &Expr,
        hint: &str,
    ) -> String {
        if !self.borrows(version, ty) {
            return self.rust(version, ty, Form::Owned);
        }
        match ty {
            Expr::Optional(inner) => format!(
                "{}<{}>",
                self.prelude(version, "Option"),
                self.generic(version, params, inner, hint)
            ),
            Expr::FixedList(inner, len) => {
                format!("[{}; {len}]", self.generic(version, params, inner, hint))
            }
            _ => match self.generic_name(version, ty) {
                Some(name) => {
                    let inner = self.params(version, name).iter();
                    let args: Vec<String> = inner.map(|param| param_name(params, param)).collect();
                    format!("{name}Of<{}>", args.join(", "))
                }
                None => param_name(params, &self.param(version, ty, hint)),
            },
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

    /// The name of a generic type's parameter list, `<A, B>`, with `bound` behind each.
    pub(super) fn param_list(&self, version: usize, name: &str, bound: &str) -> String {
        let params: Vec<String> = self
            .params(version, name)
            .iter()
            .map(|param| format!("{}{bound}", param.name))
            .collect();
        format!("<{}>", params.join(", "))
    }
}

pub(super) fn fixed_primitive(primitive: Primitive) -> Option<u64> {
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
