//! Tokens into a syntax tree. After an error the parser goes on at the nearest place from which it can read sense, so
//! that one run finds as many errors as it can and none that only follow from another.
//!
//! Progress: every loop consumes a token or leaves. Depth: types in one another are read by recursion, at most
//! [`MAX_NESTING`] deep.

mod bodies;
mod old;
mod types;

use crate::ast;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::lexer::{self, Comment, Token, TokenKind};
use crate::model::{Name, Span};

/// How deep types may be written in one another.
pub const MAX_NESTING: usize = 64;

/// Reads a whole file. What the diagnostics do not excuse is in the tree.
pub(crate) fn parse(source: &str) -> (ast::Schema, Vec<Diagnostic>) {
    let lexed = lexer::lex(source);
    let mut parser = Parser {
        source,
        tokens: lexed.tokens,
        comments: lexed.comments,
        diagnostics: lexed.diagnostics,
        at: 0,
        depth: 0,
        postfixes: 0,
        blamed: None,
    };
    let schema = parser.schema();
    (schema, parser.diagnostics)
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    comments: Vec<Comment<'a>>,
    diagnostics: Vec<Diagnostic>,
    /// Index of the token to read next; stays on the last one, the end.
    at: usize,
    /// Types around the one that is being read.
    depth: usize,
    /// Brackets behind types in the present definition.
    postfixes: usize,
    /// The last token reported as unexpected: it is reported once, however many levels stumble over it.
    blamed: Option<usize>,
}

impl Parser<'_> {
    fn schema(&mut self) -> ast::Schema {
        let doc = self.file_doc();
        let mut types = Vec::new();
        if self.is_end() && self.diagnostics.is_empty() {
            let span = self.peek().span;
            self.report(
                Diagnostic::new(
                    Code::EmptySchema,
                    span,
                    "at least one `type Name T`",
                    "the end of the file",
                )
                .suggest("define a type, such as `type Id str`"),
            );
        }
        while !self.is_end() {
            let before = self.at;
            types.extend(self.item());
            if self.at == before {
                self.bump();
            }
        }
        ast::Schema { doc, types }
    }

    fn item(&mut self) -> Option<ast::TypeDef> {
        let token = self.peek();
        if token.kind == TokenKind::Unknown {
            self.bump();
            return None;
        }
        if self.is_separator() {
            self.separator("between definitions");
            return None;
        }
        if self.is_word("type") {
            return self.definition();
        }
        if token.kind != TokenKind::Word {
            return self.lost();
        }
        let text = self.text(token);
        let next = self.peek_at(1);
        if matches!(text, "enum" | "struct" | "union") && next.kind == TokenKind::Word {
            return Some(self.definition_without_type(text));
        }
        let on_line = |index: usize| {
            let other = self.peek_at(index);
            other.span.line == token.span.line && self.starts_type(other)
        };
        if on_line(1)
            && on_line(2)
            && next.kind == TokenKind::Word
            && !types::is_keyword(self.text(next))
        {
            self.unexpected("`type`", Some("write `type`".to_owned()));
            return self.definition();
        }
        if on_line(1) {
            let name = quote(text);
            self.report(
                Diagnostic::new(Code::MissingType, token.span, "`type`", &name)
                    .suggest(format!("write `type` before {name}")),
            );
            return self.definition_body(self.at);
        }
        self.lost()
    }

    /// `enum Name {`: how enums were defined until draft -04; for the others it never was a form, yet people write it.
    fn definition_without_type(&mut self, keyword: &str) -> ast::TypeDef {
        let first = self.at;
        let start = self.bump();
        let name = self.peek();
        let found = Span::to(start.span, name.span);
        let text = quote(&self.source[found.start..found.end]);
        let name_text = self.text(name);
        let code = if keyword == "enum" {
            Code::OldEnum
        } else {
            Code::MissingType
        };
        let modern = format!("type {name_text} {keyword}");
        self.report(
            Diagnostic::new(code, found, quote(&modern), text)
                .suggest(format!("write {}", quote(&modern))),
        );
        let doc = self.doc_above(first);
        let name = self.name_here();
        // The oldest drafts let an enum choose its integer: `enum Name u8 { … }`.
        if self.peek().kind == TokenKind::Word && self.peek_at(1).is(self.source, '{') {
            self.bump();
        }
        let ty = if self.peek_is('{') {
            self.body_of(keyword, start.span)
        } else {
            self.missing("`{`", None);
            ast::Type::unreadable(name.span)
        };
        self.finish_definition(name, doc, ty)
    }

    /// `type Name T`, the first token is `type` or stands for it.
    fn definition(&mut self) -> Option<ast::TypeDef> {
        let first = self.at;
        self.bump();
        self.definition_body(first)
    }

    /// `Name T`; the comment above token `first` documents it.
    fn definition_body(&mut self, first: usize) -> Option<ast::TypeDef> {
        if self.peek().kind == TokenKind::Unknown {
            while self.peek().kind == TokenKind::Unknown {
                self.bump();
            }
            let next = self.peek_at(1);
            if next.span.line != self.peek().span.line || !self.starts_type(next) {
                // It stood for the name.
                self.ty();
                return None;
            }
        }
        let doc = self.doc_above(first);
        let token = self.peek();
        let follows = self.peek_at(1);
        let keyword = types::is_keyword(self.text(token))
            && (follows.is(self.source, '{') || follows.is(self.source, '<'));
        let names = matches!(
            token.kind,
            TokenKind::Word | TokenKind::Number | TokenKind::BadNumber
        );
        if !names || keyword || self.starts_definition() {
            self.missing("a type name", None);
            if self.starts_type(self.peek()) && !self.starts_definition() {
                self.ty();
            }
            return None;
        }
        let name = self.name_here();
        if self.peek_is('=') || self.peek_is(':') {
            let found = quote(self.text(self.peek()));
            self.unexpected("the type itself", Some(format!("remove {found}")));
            self.bump();
        }
        self.postfixes = 0;
        let ty = if self.starts_definition() {
            self.missing(&format!("what {} is", quote(&name.text)), None);
            ast::Type::unreadable(name.span)
        } else {
            self.ty()
        };
        Some(self.finish_definition(name, doc, ty))
    }

    fn finish_definition(
        &mut self,
        name: Name,
        mut doc: Vec<String>,
        ty: ast::Type,
    ) -> ast::TypeDef {
        doc.extend(self.doc_behind());
        ast::TypeDef { name, doc, ty }
    }

    /// Nothing that can be read starts here: on to the next definition.
    fn lost(&mut self) -> Option<ast::TypeDef> {
        let token = self.peek();
        let suggestion = (token.kind == TokenKind::Punctuation)
            .then(|| format!("remove {}", quote(self.text(token))));
        self.unexpected("`type Name T`", suggestion);
        self.bump();
        while !self.is_end() && !self.starts_definition() {
            let token = self.peek();
            let old = token.first_on_line
                && matches!(self.text(token), "enum" | "struct" | "union")
                && self.peek_at(1).kind == TokenKind::Word;
            if old {
                break;
            }
            self.bump();
        }
        None
    }
}

/// Tokens.
impl<'a> Parser<'a> {
    fn peek(&self) -> Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.at + ahead).min(last)]
    }

    fn bump(&mut self) -> Token {
        let token = self.peek();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn text(&self, token: Token) -> &'a str {
        &self.source[token.span.start..token.span.end]
    }

    fn is_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    fn is_word(&self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Word && self.text(token) == word
    }

    fn peek_is(&self, punctuation: char) -> bool {
        self.peek().is(self.source, punctuation)
    }

    fn eat(&mut self, punctuation: char) -> bool {
        let found = self.peek_is(punctuation);
        if found {
            self.bump();
        }
        found
    }

    /// The span of the token before the next one.
    fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    /// `type` that is not the name of a field.
    fn starts_definition(&self) -> bool {
        self.is_word("type")
            && !self.peek_at(1).is(self.source, ':')
            && (self.peek_at(1).kind == TokenKind::Word || self.peek().first_on_line)
    }

    fn starts_type(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Word => true,
            TokenKind::Punctuation => matches!(self.text(token), "[" | "(" | "?" | "{"),
            _ => false,
        }
    }

    /// The next token as a name, good or bad.
    fn name_here(&mut self) -> Name {
        let token = self.bump();
        Name {
            text: self.text(token).to_owned(),
            span: token.span,
        }
    }

    fn is_separator(&self) -> bool {
        self.peek_is(',') || self.peek_is(';')
    }

    /// Reports and passes a separator.
    fn separator(&mut self, place: &str) {
        let blamed = self.blamed == Some(self.at);
        let token = self.bump();
        if blamed {
            return;
        }
        let found = quote(self.text(token));
        self.report(
            Diagnostic::new(
                Code::Separator,
                token.span,
                format!("nothing but white space {place}"),
                &found,
            )
            .suggest(format!("remove {found}")),
        );
    }
}

/// Diagnostics.
impl Parser<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports the next token, without passing it, unless it has been reported.
    fn unexpected(&mut self, expected: &str, suggestion: Option<String>) {
        let token = self.peek();
        let found = match token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            _ => quote(self.text(token)),
        };
        self.blame(token.span, expected, found, suggestion);
    }

    /// Like [`unexpected`](Self::unexpected), where what is missing belongs to the line of the last token: if the next
    /// one is on another line, the gap is shown instead of it.
    fn missing(&mut self, expected: &str, suggestion: Option<String>) {
        let last = self.last_span();
        let token = self.peek();
        if token.kind == TokenKind::End || token.span.line == last.line || self.at == 0 {
            return self.unexpected(expected, suggestion);
        }
        let text = &self.source[last.start..last.end];
        let gap = Span {
            start: last.end,
            end: last.end,
            line: last.line,
            column: last.column + lexer::count(text),
        };
        self.blame(gap, expected, "the end of the line".to_owned(), suggestion);
    }

    fn blame(&mut self, span: Span, expected: &str, found: String, suggestion: Option<String>) {
        if self.blamed == Some(self.at) || self.peek().kind == TokenKind::Unknown {
            return;
        }
        self.blamed = Some(self.at);
        let mut diagnostic = Diagnostic::new(Code::UnexpectedToken, span, expected, found);
        diagnostic.suggestion = suggestion;
        self.report(diagnostic);
    }

    /// Reports that `open` is not closed before the next token.
    fn unclosed(&mut self, open: Token, close: char) {
        let token = self.peek();
        if token.kind == TokenKind::Unknown {
            return;
        }
        let found = match token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            _ => format!(
                "{} at line {}",
                quote(&format!(
                    "{} {}",
                    self.text(token),
                    self.text(self.peek_at(1))
                )),
                token.span.line
            ),
        };
        self.blamed = Some(self.at);
        self.report(
            Diagnostic::new(
                Code::Unclosed,
                open.span,
                format!("`{close}` that closes {}", quote(self.text(open))),
                found,
            )
            .suggest(format!("write `{close}` behind the last part")),
        );
    }
}

/// Comments that document.
impl Parser<'_> {
    /// The first comment of the file, if a blank line parts it from what follows.
    fn file_doc(&self) -> Vec<String> {
        let first = self.peek();
        let mut doc: Vec<String> = Vec::new();
        let mut below = None;
        for comment in &self.comments {
            let before_types = comment.alone && (self.is_end() || comment.line < first.span.line);
            if !before_types || below.is_some_and(|line| line != comment.line) {
                break;
            }
            below = Some(comment.line + 1);
            doc.push(comment.text.to_owned());
        }
        if !self.is_end() && below == Some(first.span.line) {
            doc.clear();
        }
        doc
    }

    /// The comment lines directly above the token, if it is the first of its line.
    fn doc_above(&self, token: usize) -> Vec<String> {
        let token = self.tokens[token];
        if !token.first_on_line {
            return Vec::new();
        }
        let end = self
            .comments
            .partition_point(|comment| comment.line < token.span.line);
        let mut line = token.span.line;
        let mut start = end;
        while start > 0
            && self.comments[start - 1].alone
            && self.comments[start - 1].line + 1 == line
        {
            start -= 1;
            line -= 1;
        }
        self.comments[start..end]
            .iter()
            .map(|comment| comment.text.to_owned())
            .collect()
    }

    /// The comment behind the last token, if nothing but a `|` or a separator stands between them.
    fn doc_behind(&self) -> Option<String> {
        let line = self.last_span().line;
        let mut next = self.peek();
        if self.peek_is('|') || self.is_separator() {
            next = self.peek_at(1);
        }
        if next.kind != TokenKind::End && next.span.line == line {
            return None;
        }
        let index = self
            .comments
            .binary_search_by_key(&line, |comment| comment.line)
            .ok()?;
        let comment = self.comments[index];
        (!comment.alone).then(|| comment.text.to_owned())
    }
}

impl Token {
    fn is(self, source: &str, punctuation: char) -> bool {
        self.kind == TokenKind::Punctuation && source[self.span.start..].starts_with(punctuation)
    }
}
