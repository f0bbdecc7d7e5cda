//! Types as they are written inside of one line: names, `optional`, `list`, `map`, `data`.

use super::{MAX_NESTING, Parser};
use crate::ast::{Kind, Number, Type};
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::lexer::{Token, TokenKind};
use crate::model::Primitive;
use crate::suggest;

/// Words of the language that start a type and are not a primitive.
pub(super) const CONSTRUCTORS: [&str; 6] = ["optional", "list", "map", "struct", "enum", "union"];

pub(super) fn is_keyword(word: &str) -> bool {
    CONSTRUCTORS.contains(&word) || Primitive::from_name(word).is_some()
}

impl Parser<'_> {
    /// Reads a type. What cannot be read is reported and [`Kind::Unreadable`].
    pub(super) fn ty(&mut self) -> Type {
        let unknown = self.peek();
        while self.peek().kind == TokenKind::Unknown {
            self.bump();
        }
        let next = self.peek();
        if unknown.kind == TokenKind::Unknown
            && (next.span.line != unknown.span.line || !self.starts_type(next))
        {
            // It stood for the type.
            return Type::unreadable(unknown.span);
        }
        if self.depth == MAX_NESTING {
            return self.too_deep();
        }
        self.depth += 1;
        let mut ty = self.type_without_postfix();
        while self.postfix_follows() {
            // Each wraps the type once more, without recursion here, but with it in all that walks the tree later.
            if self.postfixes == MAX_NESTING {
                ty = self.too_deep();
                break;
            }
            self.postfixes += 1;
            ty = self.postfix(ty);
        }
        self.depth -= 1;
        ty
    }

    fn type_without_postfix(&mut self) -> Type {
        let token = self.peek();
        let missing = token.kind == TokenKind::Word
            && (self.peek_at(1).is(self.source, ':') || self.starts_definition());
        if missing || !self.starts_type(token) {
            self.missing("a type", None);
            return Type::unreadable(token.span);
        }
        match self.text(token) {
            "[" => self.old_list(),
            "(" => self.old_union(),
            "?" => self.old_optional(),
            "{" => self.old_struct(),
            "optional" => self.optional(),
            "list" => self.list(),
            "map" => self.map(),
            "data" => self.data(),
            "string" => self.old_string(),
            word @ ("struct" | "enum" | "union") => {
                self.bump();
                if self.peek_is('{') {
                    self.body_of(word, token.span)
                } else {
                    self.missing("`{`", None);
                    Type::unreadable(token.span)
                }
            }
            word => self.named(token, word),
        }
    }

    fn named(&mut self, token: Token, word: &str) -> Type {
        if let Some(primitive) = Primitive::from_name(word) {
            self.bump();
            return Type {
                kind: Kind::Primitive(primitive),
                span: token.span,
            };
        }
        if !self.peek_at(1).is(self.source, '<') {
            self.bump();
            return Type {
                kind: Kind::Named(word.to_owned()),
                span: token.span,
            };
        }
        let Some(meant) = suggest::constructor(word) else {
            self.bump();
            let span = token.span.to(self.peek().span);
            self.skip_brackets();
            self.report(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "a type without parameters",
                    quote(&format!("{word}<")),
                )
                .note("only `optional`, `list` and `map` have parameters"),
            );
            return Type::unreadable(token.span);
        };
        self.report(
            Diagnostic::new(
                Code::UnknownType,
                token.span,
                "a type that is built in or defined above",
                quote(word),
            )
            .suggest(format!("write `{meant}`")),
        );
        match meant {
            "list" => self.list(),
            "map" => self.map(),
            _ => self.optional(),
        }
    }

    /// `optional<T>`
    fn optional(&mut self) -> Type {
        let token = self.bump();
        let item = self.parameter(token, "`<` and the type inside");
        Type {
            kind: Kind::Optional(Box::new(item)),
            span: token.span.to(self.last_span()),
        }
    }

    /// `<T>` behind the word `of`.
    fn parameter(&mut self, of: Token, expected: &str) -> Type {
        let open = self.peek();
        if self.eat('<') {
            let item = self.ty();
            self.close(open, '>');
            return item;
        }
        let bare = open.span.line == of.span.line
            && open.kind == TokenKind::Word
            && !self.peek_at(1).is(self.source, ':');
        let suggestion = bare.then(|| quote(&format!("{}<{}>", self.text(of), self.text(open))));
        self.missing(expected, suggestion.map(|form| format!("write {form}")));
        if bare {
            self.ty()
        } else {
            Type::unreadable(open.span)
        }
    }

    /// `list<T>` or `list<T>[n]`
    fn list(&mut self) -> Type {
        let token = self.bump();
        let item = self.parameter(token, "`<` and the type of the items");
        if self.peek_is('[') && self.last_span().line == self.peek().span.line {
            let length = self.length();
            return Type {
                kind: Kind::FixedList(Box::new(item), length),
                span: token.span.to(self.last_span()),
            };
        }
        Type {
            kind: Kind::List(Box::new(item)),
            span: token.span.to(self.last_span()),
        }
    }

    /// `map<K><V>`, or what `map[K]V` was.
    fn map(&mut self) -> Type {
        let token = self.bump();
        let open = self.peek();
        if self.eat('[') {
            let key = self.ty();
            self.close(open, ']');
            let value = self.ty();
            let map = self.map_of(token, key, value);
            self.old_form(Code::OldMap, "map<K><V>", "map[K]V", &map);
            return map;
        }
        if !self.peek_is('<') {
            self.missing("`<` and the type of the keys", None);
            return Type::unreadable(token.span);
        }
        self.bump();
        let key = self.ty();
        let comma = self.peek();
        if !self.eat(',') {
            self.close(open, '>');
            let value = self.parameter(token, "`<` and the type of the values");
            return self.map_of(token, key, value);
        }
        // No draft had `map<K, V>`, but everybody writes it: one error, with the right form.
        let value = self.ty();
        self.close(open, '>');
        let map = self.map_of(token, key, value);
        let modern = map.short().unwrap_or_else(|| "map<K><V>".to_owned());
        self.report(
            Diagnostic::new(Code::Separator, comma.span, "`><`", "`,`")
                .suggest(format!("write {}", quote(&modern))),
        );
        map
    }

    fn map_of(&self, word: Token, key: Type, value: Type) -> Type {
        Type {
            kind: Kind::Map(Box::new(key), Box::new(value)),
            span: word.span.to(self.last_span()),
        }
    }

    /// `data` or `data[n]`, or what `data<n>` was.
    fn data(&mut self) -> Type {
        let token = self.bump();
        if self.peek_is('[') && self.peek().span.line == token.span.line {
            let length = self.length();
            return Type {
                kind: Kind::FixedData(length),
                span: token.span.to(self.last_span()),
            };
        }
        if !self.peek_is('<') {
            return Type {
                kind: Kind::Primitive(Primitive::Data),
                span: token.span,
            };
        }
        let open = self.bump();
        let length = self.number("a length");
        self.close(open, '>');
        let data = Type {
            kind: Kind::FixedData(length),
            span: token.span.to(self.last_span()),
        };
        self.old_form(Code::OldData, "data[n]", "data<n>", &data);
        data
    }

    /// `[n]`
    pub(super) fn length(&mut self) -> Number {
        let open = self.bump();
        let length = self.number("a length");
        self.close(open, ']');
        length
    }

    /// A number, or a report of why there is none.
    pub(super) fn number(&mut self, expected: &str) -> Number {
        let token = self.peek();
        let nothing = Number {
            value: None,
            span: token.span,
        };
        match token.kind {
            TokenKind::Number => {
                self.bump();
                let text = self.text(token);
                let value = text.parse().ok();
                if value.is_none() {
                    self.report(
                        Diagnostic::new(
                            Code::NumberOutOfRange,
                            token.span,
                            "a number up to 18446744073709551615",
                            quote(text),
                        )
                        .suggest("write a smaller number; numbers are 64 bits wide"),
                    );
                }
                Number {
                    value,
                    span: token.span,
                }
            }
            TokenKind::BadNumber => {
                self.bump();
                let text = self.text(token);
                let mut diagnostic = Diagnostic::new(
                    Code::MalformedNumber,
                    token.span,
                    format!("{expected} in decimal digits"),
                    quote(text),
                );
                diagnostic.suggestion =
                    suggest::number(text).map(|value| format!("write `{value}`"));
                if text.starts_with('-') {
                    diagnostic = diagnostic.note("numbers and lengths have no sign");
                }
                self.report(diagnostic);
                nothing
            }
            _ => {
                let suggestion = (expected == "a length").then(|| {
                    "write a number, or leave the brackets out if the length varies".to_owned()
                });
                self.missing(&format!("{expected} in decimal digits"), suggestion);
                if token.kind == TokenKind::Word && token.span.line == self.last_span().line {
                    self.bump();
                }
                nothing
            }
        }
    }

    /// Passes the bracket that closes `open`. If something else stands before it on the line, that is reported and
    /// passed too.
    pub(super) fn close(&mut self, open: Token, close: char) {
        while self.peek().kind == TokenKind::Unknown {
            self.bump();
        }
        if self.eat(close) {
            return;
        }
        let expected = format!("`{close}` that closes {}", quote(self.text(open)));
        self.missing(&expected, Some(format!("write `{close}`")));
        let line = self.peek().span.line;
        let mut ahead = 0;
        loop {
            let token = self.peek_at(ahead);
            let stop = token.kind == TokenKind::End
                || token.span.line != line
                || (token.kind == TokenKind::Punctuation
                    && matches!(self.text(token), "{" | "}" | ":" | "(" | ")" | "|"));
            if stop {
                return;
            }
            ahead += 1;
            if token.is(self.source, close) {
                self.at += ahead;
                return;
            }
        }
    }

    /// Passes a bracket and all up to the one that closes it.
    fn skip_brackets(&mut self) {
        let mut open = 0_usize;
        while !self.is_end() && !self.starts_definition() {
            let token = self.bump();
            if token.kind == TokenKind::Punctuation {
                match self.text(token) {
                    "{" | "[" | "(" | "<" => open += 1,
                    "}" | "]" | ")" | ">" => open -= 1,
                    _ => {}
                }
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Reports a type that is too deep, and passes it.
    fn too_deep(&mut self) -> Type {
        let span = self.peek().span;
        self.report(
            Diagnostic::new(
                Code::NestedTooDeep,
                span,
                format!("types at most {MAX_NESTING} deep in one another"),
                "one more",
            )
            .suggest("give the inner type a name of its own"),
        );
        let mut open = 0_usize;
        while !self.is_end() && !self.starts_definition() {
            let token = self.peek();
            if token.kind == TokenKind::Punctuation {
                match self.text(token) {
                    "{" | "[" | "(" | "<" => open += 1,
                    "}" | "]" | ")" | ">" if open == 0 => break,
                    "}" | "]" | ")" | ">" => open -= 1,
                    _ => {}
                }
            }
            self.bump();
        }
        Type::unreadable(span)
    }
}
