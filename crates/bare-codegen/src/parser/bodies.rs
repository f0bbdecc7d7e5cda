//! What stands between `{` and `}`: fields, enum values, union members.

use super::Parser;
use crate::ast::{EnumValue, Field, Kind, Member, Type};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::lexer::TokenKind;
use crate::model::Span;

impl Parser<'_> {
    /// The body of a struct, an enum or a union, from its bracket. The span of the type begins at `start`.
    pub(super) fn body_of(&mut self, keyword: &str, start: Span) -> Type {
        match keyword {
            "enum" => self.enum_body(start),
            "union" => self.union_body(start, '}'),
            _ => self.struct_body(start),
        }
    }

    fn struct_body(&mut self, start: Span) -> Type {
        let errors = self.diagnostics.len();
        let open = self.bump();
        let mut fields = Vec::new();
        while !self.eat('}') {
            if self.is_end() || self.starts_definition() {
                self.unclosed(open, '}');
                break;
            }
            if self.is_separator() {
                self.separator("between fields");
                continue;
            }
            let token = self.peek();
            match token.kind {
                TokenKind::Unknown => {
                    self.bump();
                    // It stood for a name: what would have been its type is read and dropped.
                    if self.eat(':') {
                        self.ty();
                    }
                }
                TokenKind::Word | TokenKind::Number | TokenKind::BadNumber => {
                    fields.push(self.field());
                }
                TokenKind::Punctuation | TokenKind::End => {
                    self.unexpected("a field, `name: T`, or `}`", None);
                    self.skip_to_field();
                }
            }
        }
        let reported = self.diagnostics.len() > errors;
        self.finish_body(start, reported && fields.is_empty(), Kind::Struct(fields))
    }

    fn field(&mut self) -> Field {
        let first = self.at;
        let mut doc = self.doc_above(first);
        let name = self.name_here();
        let mark = self.peek();
        let marked = self.eat('?');
        let ty = if self.eat(':') {
            self.ty()
        } else {
            self.field_without_colon(&name.text)
        };
        if marked {
            let optional = ty.short().unwrap_or_else(|| "T".to_owned());
            let field = format!("{}: optional<{optional}>", name.text);
            self.report(
                Diagnostic::new(Code::OldOptional, mark.span, "`optional<T>`", "`?`")
                    .suggest(format!("write {}", quote(&field))),
            );
        }
        doc.extend(self.doc_behind());
        Field { name, doc, ty }
    }

    /// `name T`, `name = T` or a name alone.
    fn field_without_colon(&mut self, name: &str) -> Type {
        let here = self.peek();
        let same_line = here.span.line == self.last_span().line;
        self.missing(
            &format!("`:` and the type of {}", quote(name)),
            self.colon_suggestion(name),
        );
        if self.peek_is('=') {
            self.bump();
            return self.ty();
        }
        let is_name = self.peek_at(1).is(self.source, ':');
        if same_line && self.starts_type(here) && !is_name {
            return self.ty();
        }
        Type::unreadable(here.span)
    }

    fn colon_suggestion(&self, name: &str) -> Option<String> {
        let ahead = usize::from(self.peek_is('='));
        let ty = self.peek_at(ahead);
        let written = ty.kind == TokenKind::Word
            && ty.span.line == self.last_span().line
            && !self.peek_at(ahead + 1).is(self.source, ':');
        written.then(|| format!("write {}", quote(&format!("{name}: {}", self.text(ty)))))
    }

    /// On to what can be read as a field, or to the end of the struct.
    fn skip_to_field(&mut self) {
        self.bump();
        while !self.is_end() && !self.peek_is('}') && !self.starts_definition() {
            if self.peek_at(1).is(self.source, ':') {
                return;
            }
            self.bump();
        }
    }

    fn enum_body(&mut self, start: Span) -> Type {
        let errors = self.diagnostics.len();
        let open = self.bump();
        let mut values = Vec::new();
        while !self.eat('}') {
            if self.is_end() || self.starts_definition() {
                self.unclosed(open, '}');
                break;
            }
            if self.is_separator() || self.peek_is('|') {
                self.separator("between the values of an enum");
                continue;
            }
            let token = self.peek();
            match token.kind {
                TokenKind::Unknown => {
                    self.bump();
                }
                TokenKind::Word | TokenKind::BadNumber => values.push(self.enum_value()),
                _ => {
                    self.unexpected("the name of an enum value, or `}`", None);
                    while !self.is_end()
                        && !self.peek_is('}')
                        && self.peek().kind != TokenKind::Word
                    {
                        self.bump();
                    }
                }
            }
        }
        let reported = self.diagnostics.len() > errors;
        self.finish_body(start, reported && values.is_empty(), Kind::Enum(values))
    }

    fn enum_value(&mut self) -> EnumValue {
        let mut doc = self.doc_above(self.at);
        let name = self.name_here();
        let value = if self.peek_is(':') {
            let suggestion = format!(
                "write {}",
                quote(&format!("{} = {}", name.text, self.text(self.peek_at(1))))
            );
            self.missing("`=` and a number", Some(suggestion));
            self.bump();
            Some(self.number("a number"))
        } else {
            self.eat('=').then(|| self.number("a number"))
        };
        doc.extend(self.doc_behind());
        EnumValue { name, doc, value }
    }

    /// The members of a union up to `close`, which is `)` in the form of old drafts.
    pub(super) fn union_body(&mut self, start: Span, close: char) -> Type {
        let errors = self.diagnostics.len();
        let open = self.bump();
        let mut members = Vec::new();
        let mut doc_from = self.at;
        // A `|` may lead and may trail.
        self.eat('|');
        while !self.eat(close) {
            if self.is_end() || self.starts_definition() {
                self.unclosed(open, close);
                break;
            }
            if self.is_separator() {
                self.separator_of_members();
                doc_from = self.at;
                continue;
            }
            let token = self.peek();
            if token.kind == TokenKind::Unknown {
                self.bump();
                doc_from = self.at;
                continue;
            }
            if !self.starts_type(token) {
                let suggestion = self.peek_is('|').then(|| "remove `|`".to_owned());
                let expected = format!("a member of the union, or `{close}`");
                self.unexpected(&expected, suggestion);
                if self.peek_is('}') || self.peek_is(')') {
                    // The other closing bracket: taken for the right one, lest all that follows is misread.
                    self.bump();
                    break;
                }
                self.bump();
                doc_from = self.at;
                continue;
            }
            if token.kind == TokenKind::Word && self.peek_at(1).is(self.source, ':') {
                let named = format!("{}:", self.text(token));
                let suggestion = format!("remove {}; members have no names", quote(&named));
                self.unexpected("the type of a member", Some(suggestion));
                self.bump();
                self.bump();
                doc_from = self.at;
                continue;
            }
            members.push(self.member(doc_from));
            doc_from = self.at;
            let separated = self.eat('|') || self.is_separator() || self.peek_is(close);
            if !separated && self.starts_type(self.peek()) && !self.starts_definition() {
                let member = quote(self.text(self.peek()));
                self.unexpected(
                    "`|` between members",
                    Some(format!("write `|` before {member}")),
                );
            }
        }
        let reported = self.diagnostics.len() > errors;
        self.finish_body(start, reported && members.is_empty(), Kind::Union(members))
    }

    /// Reports and passes a `,` or `;` where `|` belongs.
    fn separator_of_members(&mut self) {
        let blamed = self.blamed == Some(self.at);
        let token = self.bump();
        if blamed {
            return;
        }
        let found = quote(self.text(token));
        let last = self.peek_is('}') || self.peek_is(')');
        let suggestion = if last {
            format!("remove {found}")
        } else {
            "write `|`".to_owned()
        };
        self.report(
            Diagnostic::new(Code::Separator, token.span, "`|` between members", found)
                .suggest(suggestion),
        );
    }

    /// `T` or `T = 5`. Its comment stands above token `first`, which is the `|` before it or its own first.
    fn member(&mut self, first: usize) -> Member {
        let mut doc = self.doc_above(first);
        if doc.is_empty() && first != self.at {
            doc = self.doc_above(self.at);
        }
        let ty = self.ty();
        let tag = self.eat('=').then(|| self.number("a tag"));
        doc.extend(self.doc_behind());
        Member { ty, doc, tag }
    }

    fn finish_body(&self, start: Span, unreadable: bool, kind: Kind) -> Type {
        let span = start.to(self.last_span());
        if unreadable {
            return Type::unreadable(span);
        }
        Type { kind, span }
    }
}
