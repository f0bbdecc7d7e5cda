//! Forms of old drafts and of other languages: each is read as what it means, and reported with how it is written now.

use super::Parser;
use crate::ast::{Kind, Type};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::model::Primitive;

impl Parser<'_> {
    pub(super) fn old_string(&mut self) -> Type {
        let token = self.bump();
        let text = Type {
            kind: Kind::Primitive(Primitive::Str),
            span: token.span,
        };
        self.old_form(Code::OldString, "str", "string", &text);
        text
    }

    /// `[]T` or `[n]T`
    pub(super) fn old_list(&mut self) -> Type {
        let open = self.peek();
        if self.peek_at(1).is(self.source, ']') {
            self.bump();
            self.bump();
            let item = self.ty();
            let list = Type {
                span: open.span.to(self.last_span()),
                kind: Kind::List(Box::new(item)),
            };
            self.old_form(Code::OldList, "list<T>", "[]T", &list);
            return list;
        }
        let length = self.length();
        let item = self.ty();
        let list = Type {
            span: open.span.to(self.last_span()),
            kind: Kind::FixedList(Box::new(item), length),
        };
        self.old_form(Code::OldFixedList, "list<T>[n]", "[n]T", &list);
        list
    }

    /// `?T`
    pub(super) fn old_optional(&mut self) -> Type {
        let token = self.bump();
        let item = self.ty();
        let optional = Type {
            span: token.span.to(self.last_span()),
            kind: Kind::Optional(Box::new(item)),
        };
        self.old_form(Code::OldOptional, "optional<T>", "?T", &optional);
        optional
    }

    /// `(A | B)`
    pub(super) fn old_union(&mut self) -> Type {
        let open = self.peek();
        let union = self.union_body(open.span, ')');
        self.old_form(Code::OldUnion, "union { A | B }", "(A | B)", &union);
        union
    }

    /// `{ field: T }`
    pub(super) fn old_struct(&mut self) -> Type {
        let open = self.peek();
        self.report(
            Diagnostic::new(Code::OldStruct, open.span, "`struct {`", "`{`")
                .suggest("write `struct {`"),
        );
        self.body_of("struct", open.span)
    }

    /// Reports a form of an old draft; `modern` is what it reads as.
    pub(super) fn old_form(&mut self, code: Code, new: &str, old: &str, modern: &Type) {
        let suggestion = modern.short().unwrap_or_else(|| new.to_owned());
        let text = &self.source[modern.span.start..modern.span.end];
        let found = if text.contains('\n') {
            quote(old)
        } else {
            quote(text)
        };
        self.report(
            Diagnostic::new(code, modern.span, quote(new), found)
                .suggest(format!("write {}", quote(&suggestion))),
        );
    }

    /// `T[]`, `T[n]` or `T?` follows on the same line.
    pub(super) fn postfix_follows(&self) -> bool {
        let here = (self.peek_is('[') || self.peek_is('?'))
            && self.last_span().line == self.peek().span.line;
        // `name?: T` is the optional field of other languages, and not about this type.
        here && !(self.peek_is('?') && self.peek_at(1).is(self.source, ':'))
    }

    pub(super) fn postfix(&mut self, item: Type) -> Type {
        let start = item.span;
        let open = self.peek();
        if self.eat('?') {
            let optional = Type {
                span: start.to(open.span),
                kind: Kind::Optional(Box::new(item)),
            };
            self.old_form(Code::OldOptional, "optional<T>", "T?", &optional);
            return optional;
        }
        let kind = if self.peek_at(1).is(self.source, ']') {
            self.bump();
            self.bump();
            Kind::List(Box::new(item))
        } else {
            let length = self.length();
            Kind::FixedList(Box::new(item), length)
        };
        let (new, old) = match kind {
            Kind::List(_) => ("list<T>", "T[]"),
            _ => ("list<T>[n]", "T[n]"),
        };
        let list = Type {
            kind,
            span: start.to(self.last_span()),
        };
        self.old_form(Code::PostfixList, new, old, &list);
        list
    }
}
