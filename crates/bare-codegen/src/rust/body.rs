//! The bodies of the codec: encode, decode, verify.

use std::fmt::Write as _;

use crate::model::{EnumValue, Primitive};

use super::items::{Expr, FieldItem, MemberItem, PrimitiveExpr};
use super::plan::Plan;
use super::types::{Form, varint_size};

/// Fields of a struct, those of fixed width that follow each other taken together.
enum Part<'f> {
    Fixed(Vec<&'f FieldItem>),
    Other(&'f FieldItem),
}

/// Below this many, every tag and value takes one octet.
const ONE_OCTET: u64 = 0x80;
/// As many fields of fixed width are taken at once: `bare::Fields` knows tuples of this length.
const MOST_FIXED: usize = 8;

impl Plan<'_> {
    fn parts<'f>(&self, version: usize, fields: &'f [FieldItem]) -> Vec<Part<'f>> {
        let mut parts = Vec::new();
        for field in fields {
            match (self.fixed_size(version, &field.ty), parts.last_mut()) {
                (Some(_), Some(Part::Fixed(fields))) if fields.len() < MOST_FIXED => {
                    fields.push(field);
                }
                (Some(_), _) => parts.push(Part::Fixed(vec![field])),
                (None, _) => parts.push(Part::Other(field)),
            }
        }
        parts
    }

    fn size_of(&self, version: usize, fields: &[&FieldItem]) -> u64 {
        fields
            .iter()
            .filter_map(|field| self.fixed_size(version, &field.ty))
            .sum()
    }

    fn is_bool(&self, version: usize, ty: &Expr) -> bool {
        matches!(
            self.resolve(version, ty),
            Expr::Primitive(PrimitiveExpr(Primitive::Bool))
        )
    }

    pub(super) fn struct_encoded_len(&self, version: usize, fields: &[FieldItem]) -> String {
        let mut fixed = 0;
        let mut terms = Vec::new();
        for part in self.parts(version, fields) {
            match part {
                Part::Fixed(fields) => fixed += self.size_of(version, &fields),
                Part::Other(field) => terms.push(format!("self.{}.encoded_len()", field.name)),
            }
        }
        if fixed > 0 || terms.is_empty() {
            terms.insert(0, fixed.to_string());
        }
        terms.join(" + ")
    }

    pub(super) fn struct_encode(&self, version: usize, fields: &[FieldItem]) -> String {
        let mut out = String::new();
        let parts = self.parts(version, fields);
        let last = parts.len() - 1;
        for (at, part) in parts.into_iter().enumerate() {
            match part {
                Part::Fixed(fields) => {
                    let values: Vec<String> = fields
                        .iter()
                        .map(|field| format!("self.{}", field.name))
                        .collect();
                    let _ = writeln!(out, "writer.fields({});", tuple(&values));
                    if at == last {
                        out.push_str("writer");
                    }
                }
                Part::Other(field) => {
                    let _ = if at == last {
                        write!(out, "self.{}.encode(writer)", field.name)
                    } else {
                        writeln!(out, "writer = self.{}.encode(writer);", field.name)
                    };
                }
            }
        }
        out
    }

    pub(super) fn struct_decode(&self, version: usize, fields: &[FieldItem]) -> String {
        let mut out = String::new();
        let all = fields
            .iter()
            .map(initializer)
            .collect::<Vec<_>>()
            .join(", ");
        let mut parts = self.parts(version, fields);
        // The last field builds the whole in place, where it has a choice of its own to make.
        let last = match parts.last() {
            Some(Part::Other(field)) if self.builds_in_place(version, &field.ty) => {
                let field = *field;
                parts.pop();
                Some(field)
            }
            _ => None,
        };
        for part in parts {
            match part {
                Part::Fixed(fields) => {
                    let names: Vec<String> = fields.iter().map(|field| local(field)).collect();
                    let _ = writeln!(out, "let {} = reader.fields()?;", tuple(&names));
                }
                Part::Other(field) => {
                    let _ = match self.resolve(version, &field.ty) {
                        Expr::Primitive(PrimitiveExpr(Primitive::Str)) => {
                            writeln!(out, "let {} = reader.str()?;", local(field))
                        }
                        Expr::Primitive(PrimitiveExpr(Primitive::Data)) => {
                            writeln!(out, "let {} = reader.data()?;", local(field))
                        }
                        _ => writeln!(
                            out,
                            "let (mut reader, {}) = bare::Decode::decode_from(reader)?;",
                            local(field)
                        ),
                    };
                }
            }
        }
        match last {
            Some(field) => {
                let _ = writeln!(
                    out,
                    "bare::Decode::decode_in(reader, place.map(move |{}| Self {{ {all} }}))",
                    local(field)
                );
            }
            None => {
                let _ = writeln!(out, "Ok((reader, place.put(Self {{ {all} }})))");
            }
        }
        out
    }

    /// Unions, optionals, and structs that end in one.
    fn builds_in_place(&self, version: usize, ty: &Expr) -> bool {
        matches!(
            self.resolve(version, ty),
            Expr::Optional(_) | Expr::Named(_)
        )
    }

    pub(super) fn struct_verify(&self, version: usize, fields: &[FieldItem]) -> String {
        let mut out = String::new();
        let parts = self.parts(version, fields);
        let last = parts.len() - 1;
        for (at, part) in parts.into_iter().enumerate() {
            match part {
                Part::Fixed(fields) => {
                    if fields.iter().any(|field| self.is_bool(version, &field.ty)) {
                        let types: Vec<String> = fields
                            .iter()
                            .map(|field| self.rust(version, &field.ty, Form::Borrowed))
                            .collect();
                        let _ = writeln!(out, "reader.fields::<{}>()?;", tuple(&types));
                    } else {
                        let _ = writeln!(out, "reader.skip({})?;", self.size_of(version, &fields));
                    }
                    if at == last {
                        out.push_str("Ok(reader)");
                    }
                }
                Part::Other(field) => {
                    let ty = self.rust(version, &field.ty, Form::Borrowed);
                    let _ = if at == last {
                        write!(out, "<{ty} as bare::Decode>::verify_from(reader)")
                    } else {
                        writeln!(
                            out,
                            "let mut reader = <{ty} as bare::Decode>::verify_from(reader)?;"
                        )
                    };
                }
            }
        }
        out
    }

    pub(super) fn union_encoded_len(&self, version: usize, members: &[MemberItem]) -> String {
        let mut out = String::from("match self {\n");
        for member in members {
            let tag = varint_size(member.tag);
            let name = &member.name;
            let _ = if self.is_void(version, &member.ty) {
                writeln!(out, "Self::{name} => {tag},")
            } else {
                writeln!(out, "Self::{name}(value) => {tag} + value.encoded_len(),")
            };
        }
        out.push('}');
        out
    }

    pub(super) fn union_encode(&self, version: usize, members: &[MemberItem]) -> String {
        let mut out = String::from("match self {\n");
        for member in members {
            let MemberItem { name, tag, .. } = member;
            let write = write_tag(*tag);
            let _ = match (self.is_void(version, &member.ty), *tag < 0x80) {
                (true, _) => writeln!(out, "Self::{name} => {{ {write}; writer }}"),
                (false, true) => {
                    writeln!(out, "Self::{name}(value) => writer.member({tag}, value),")
                }
                (false, false) => writeln!(
                    out,
                    "Self::{name}(value) => {{ {write}; value.encode(writer) }}"
                ),
            };
        }
        out.push('}');
        out
    }

    pub(super) fn union_decode(&self, version: usize, members: &[MemberItem]) -> String {
        let mut out = read_tag(members.iter().map(|member| member.tag));
        for member in members {
            let MemberItem { name, tag, .. } = member;
            let _ = if self.is_void(version, &member.ty) {
                writeln!(out, "{tag} => Ok((reader, place.put(Self::{name}))),")
            } else {
                writeln!(
                    out,
                    "{tag} => bare::Decode::decode_in(reader, place.map(Self::{name})),"
                )
            };
        }
        out.push_str("_ => Err(bare::Fault::MALFORMED),\n}");
        out
    }

    pub(super) fn union_verify(&self, version: usize, members: &[MemberItem]) -> String {
        let mut out = read_tag(members.iter().map(|member| member.tag));
        for member in members {
            let tag = member.tag;
            let _ = if self.is_void(version, &member.ty) {
                writeln!(out, "{tag} => Ok(reader),")
            } else {
                let ty = self.rust(version, &member.ty, Form::Borrowed);
                writeln!(out, "{tag} => <{ty} as bare::Decode>::verify_from(reader),")
            };
        }
        out.push_str("_ => Err(bare::Fault::MALFORMED),\n}");
        out
    }
}

pub(super) fn enum_encode(values: &[EnumValue]) -> String {
    if one_octet(values.iter().map(|value| value.value)) {
        return "writer.octet(*self as u8); writer".to_owned();
    }
    "writer.varint(*self as u64); writer".to_owned()
}

pub(super) fn enum_encoded_len(values: &[EnumValue]) -> String {
    if one_octet(values.iter().map(|value| value.value)) {
        return "1".to_owned();
    }
    "bare::Uint(*self as u64).encoded_len()".to_owned()
}

pub(super) fn enum_decode(values: &[EnumValue], rust_name: impl Fn(&str) -> String) -> String {
    let mut out = read_tag(values.iter().map(|value| value.value));
    for value in values {
        let _ = writeln!(
            out,
            "{} => Ok((reader, place.put(Self::{}))),",
            value.value,
            rust_name(&value.name.text)
        );
    }
    out.push_str("_ => Err(bare::Fault::MALFORMED),\n}");
    out
}

/// The variable that holds a field while a struct is read.
fn local(field: &FieldItem) -> String {
    match field.name.as_str() {
        // What the code around it is about. No field has a name like `reader_`, see `names::field`.
        "reader" | "place" => format!("{}_", field.name),
        name => name.to_owned(),
    }
}

/// A field of a struct that is built from [`local`] variables.
fn initializer(field: &FieldItem) -> String {
    let local = local(field);
    if local == field.name {
        local
    } else {
        format!("{}: {local}", field.name)
    }
}

/// One thing, or several as a tuple.
fn tuple(parts: &[String]) -> String {
    match parts {
        [part] => part.clone(),
        parts => format!("({})", parts.join(", ")),
    }
}

pub(super) fn one_octet(mut tags: impl Iterator<Item = u64>) -> bool {
    tags.all(|tag| tag < ONE_OCTET)
}

fn write_tag(tag: u64) -> String {
    if tag < ONE_OCTET {
        return format!("writer.octet({tag})");
    }
    format!("writer.varint({tag})")
}

fn read_tag(tags: impl Iterator<Item = u64>) -> String {
    if one_octet(tags) {
        // An octet from 0x80 on starts a longer varint, which is no tag of this type in any case.
        return "match reader.octet()? {\n".to_owned();
    }
    "match reader.varint()? {\n".to_owned()
}
