//! Source text into tokens and comments.
//!
//! Tokens do not span lines. Every octet of the source belongs to a token, a comment or white space; what belongs to
//! none is reported and kept as [`TokenKind::Unknown`], so that the parser does not complain about it once more.

use crate::code::Code;
use crate::diagnostic::{Diagnostic, quote};
use crate::model::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters, digits, `_`, inner `-` and `.`; starts with a letter or `_`. Whether it is a good name is for the checker.
    Word,
    /// Decimal digits.
    Number,
    /// What was meant as a number and is none: `0x10`, `-1`, `1_000`, `1.5`.
    BadNumber,
    /// One character of punctuation.
    Punctuation,
    /// Already reported.
    Unknown,
    /// The end of the file; its span is the place behind the last token.
    End,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
    /// Nothing but white space stands before it on its line.
    pub(crate) first_on_line: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Comment<'a> {
    /// Without the `#` and one space behind it.
    pub(crate) text: &'a str,
    pub(crate) line: u32,
    /// Nothing but white space stands before it on its line.
    pub(crate) alone: bool,
}

pub(crate) struct Lexed<'a> {
    /// Never empty: the last one is [`TokenKind::End`].
    pub(crate) tokens: Vec<Token>,
    /// By ascending line, at most one each.
    pub(crate) comments: Vec<Comment<'a>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

pub(crate) fn lex(source: &str) -> Lexed<'_> {
    let mut lexer = Lexer {
        source,
        offset: 0,
        line: 1,
        column: 1,
        first_on_line: true,
        tokens: Vec::new(),
        comments: Vec::new(),
        diagnostics: Vec::new(),
    };
    // Editors on some systems put a byte order mark there; nobody sees it.
    if source.starts_with('\u{feff}') {
        lexer.offset = '\u{feff}'.len_utf8();
    }
    lexer.run();
    Lexed {
        tokens: lexer.tokens,
        comments: lexer.comments,
        diagnostics: lexer.diagnostics,
    }
}

struct Lexer<'a> {
    source: &'a str,
    offset: usize,
    line: u32,
    column: u32,
    first_on_line: bool,
    tokens: Vec<Token>,
    comments: Vec<Comment<'a>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while let Some(character) = self.rest().chars().next() {
            match character {
                '\n' => {
                    self.advance(1);
                    self.line += 1;
                    self.column = 1;
                    self.first_on_line = true;
                }
                ' ' | '\t' | '\r' => self.advance(1),
                '#' => self.comment("#"),
                '/' if self.rest().starts_with("//") => {
                    self.line_comment_of_other_languages();
                }
                '/' if self.rest().starts_with("/*") => self.block_comment_of_other_languages(),
                '{' | '}' | '<' | '>' | '[' | ']' | '(' | ')' | '|' | '=' | ':' | ',' | ';'
                | '?' => {
                    self.push(TokenKind::Punctuation, 1);
                }
                '0'..='9' => self.number(0),
                '-' if self.rest()[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                    self.number(1);
                }
                _ if starts_word(character) => self.word(),
                _ => self.unknown(),
            }
        }
        let span = self.tokens.last().map_or(
            Span {
                start: 0,
                end: 0,
                line: 1,
                column: 1,
            },
            |last| {
                let text = &self.source[last.span.start..last.span.end];
                Span {
                    start: last.span.end,
                    end: last.span.end,
                    line: last.span.line,
                    column: last.span.column + count(text),
                }
            },
        );
        self.tokens.push(Token {
            kind: TokenKind::End,
            span,
            first_on_line: false,
        });
    }

    fn rest(&self) -> &'a str {
        &self.source[self.offset..]
    }

    /// Moves on by `length` octets of the present line.
    fn advance(&mut self, length: usize) {
        let text = &self.rest()[..length];
        self.column = self.column.saturating_add(count(text));
        self.offset += length;
    }

    fn span(&self, length: usize) -> Span {
        Span {
            start: self.offset,
            end: self.offset + length,
            line: self.line,
            column: self.column,
        }
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let token = Token {
            kind,
            span: self.span(length),
            first_on_line: self.first_on_line,
        };
        self.tokens.push(token);
        self.first_on_line = false;
        self.advance(length);
    }

    fn word(&mut self) {
        let rest = self.rest();
        let mut length = 0;
        let mut characters = rest.char_indices().peekable();
        while let Some((start, character)) = characters.next() {
            let joins = matches!(character, '-' | '.')
                && characters
                    .peek()
                    .is_some_and(|&(_, next)| continues_word(next));
            if !continues_word(character) && !joins {
                break;
            }
            length = start + character.len_utf8();
        }
        self.push(TokenKind::Word, length);
    }

    fn number(&mut self, sign: usize) {
        let rest = &self.rest()[sign..];
        let length = rest
            .find(|next: char| !(continues_word(next) || next == '.'))
            .unwrap_or(rest.len());
        let digits = rest[..length].bytes().all(|octet| octet.is_ascii_digit());
        let kind = if digits && sign == 0 {
            TokenKind::Number
        } else {
            TokenKind::BadNumber
        };
        self.push(kind, sign + length);
    }

    /// A `#` comment, or another of one line that starts with `mark`.
    fn comment(&mut self, mark: &str) {
        let rest = self.rest();
        let length = rest.find('\n').unwrap_or(rest.len());
        let text = &rest[mark.len()..length];
        self.comments.push(Comment {
            text: text.strip_prefix(' ').unwrap_or(text).trim_end(),
            line: self.line,
            alone: self.first_on_line,
        });
        self.advance(length);
    }

    fn line_comment_of_other_languages(&mut self) {
        self.diagnostics.push(
            Diagnostic::new(
                Code::CommentForm,
                self.span(2),
                "a comment that starts with `#`",
                "`//`",
            )
            .suggest("write `#`"),
        );
        self.comment("//");
    }

    fn block_comment_of_other_languages(&mut self) {
        self.diagnostics.push(
            Diagnostic::new(
                Code::CommentForm,
                self.span(2),
                "a comment that starts with `#`",
                "`/*`",
            )
            .suggest("start each line of the comment with `#`"),
        );
        let rest = self.rest();
        let end = rest[2..].find("*/").map_or(rest.len(), |at| at + 4);
        for line in rest[..end].split_inclusive('\n') {
            self.advance(line.len());
            if line.ends_with('\n') {
                self.line += 1;
                self.column = 1;
                self.first_on_line = true;
            }
        }
    }

    fn unknown(&mut self) {
        let rest = self.rest();
        let length = if rest.starts_with('"') || rest.starts_with('\'') {
            string_length(rest)
        } else {
            rest.find(|next: char| {
                next.is_whitespace()
                    || continues_word(next)
                    || "{}<>[]()|=:,;?#/-\"'".contains(next)
            })
            .unwrap_or(0)
            .max(rest.chars().next().map_or(0, char::len_utf8))
        };
        let text = &rest[..length];
        let diagnostic = Diagnostic::new(
            Code::UnexpectedCharacter,
            self.span(length),
            "a name, a number or punctuation of the schema language",
            describe(text),
        );
        self.diagnostics.push(match text {
            "-" => diagnostic.suggest("remove it; names are joined by `_` or by case"),
            "&" => diagnostic.suggest("write `|` between the members of a union"),
            _ if text.starts_with(['"', '\'']) => {
                diagnostic.suggest("remove the quotes; the language has no strings")
            }
            _ if text.chars().all(char::is_whitespace) => {
                diagnostic.suggest("write a space, a tab or a line break")
            }
            _ => diagnostic.suggest("remove it"),
        });
        self.push(TokenKind::Unknown, length);
    }
}

fn starts_word(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn continues_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Octets of a string literal, with its quotes if it is closed on its line, else of the quote alone.
fn string_length(rest: &str) -> usize {
    let quote = rest.chars().next();
    match rest[1..].find(|next| Some(next) == quote || next == '\n') {
        Some(at) if rest[1 + at..].starts_with(['"', '\'']) => at + 2,
        _ => 1,
    }
}

/// What cannot be seen is told by its code point.
fn describe(text: &str) -> String {
    match text.chars().next() {
        Some(first)
            if first.is_whitespace()
                || first.is_control()
                || crate::diagnostic::printable(first) != first =>
        {
            format!("U+{:04X}", u32::from(first))
        }
        _ => quote(text),
    }
}

/// Characters, as columns count them.
pub(crate) fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
