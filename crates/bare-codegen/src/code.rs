//! The rules that a schema can break. Codes are stable: a number, once released, keeps its meaning.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $rule:literal])+ $variant:ident = $code:literal $name:literal),+ $(,)?) => {
        /// Which rule a [`Diagnostic`](crate::Diagnostic) is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $rule])+ $variant,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable code: `B001`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The short name of the rule: `unexpected-character`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The rule, in one sentence.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($rule),+).trim_start(),)+
                }
            }
        }
    };
}

codes! {
    /// A schema is written in ASCII letters, digits, `_` and the punctuation of the language.
    UnexpectedCharacter = "B001" "unexpected-character",
    /// Numbers are decimal digits and nothing else.
    MalformedNumber = "B002" "malformed-number",
    /// Numbers are at most 18446744073709551615, the largest `u64`.
    NumberOutOfRange = "B003" "number-out-of-range",
    /// A comment starts with `#` and ends with its line.
    CommentForm = "B004" "comment-form",
    /// A schema is a list of `type Name T`.
    UnexpectedToken = "B101" "unexpected-token",
    /// White space separates fields, values and types; there are no commas, semicolons or the like.
    Separator = "B102" "separator",
    /// Every bracket is closed.
    Unclosed = "B103" "unclosed",
    /// Types are written at most 64 deep in one another.
    NestedTooDeep = "B104" "nested-too-deep",
    /// Every definition starts with `type`.
    MissingType = "B105" "missing-type",
    /// A schema defines at least one type.
    EmptySchema = "B106" "empty-schema",
    /// A list is written `list<T>`, no longer `[]T`.
    OldList = "B201" "old-list",
    /// A list of fixed length is written `list<T>[n]`, no longer `[n]T`.
    OldFixedList = "B202" "old-fixed-list",
    /// A map is written `map<K><V>`, no longer `map[K]V`.
    OldMap = "B203" "old-map",
    /// Text is called `str`, no longer `string`.
    OldString = "B204" "old-string",
    /// Data of fixed length is written `data[n]`, no longer `data<n>`.
    OldData = "B205" "old-data",
    /// An enum is defined by `type Name enum { … }`, no longer by `enum Name { … }`.
    OldEnum = "B206" "old-enum",
    /// A union is written `union { A | B }`, no longer `(A | B)`.
    OldUnion = "B207" "old-union",
    /// An optional value is written `optional<T>`.
    OldOptional = "B208" "old-optional",
    /// A struct is written `struct { … }`, no longer without the word.
    OldStruct = "B209" "old-struct",
    /// The brackets of a list follow `list<T>`, not the type of its items.
    PostfixList = "B210" "postfix-list",
    /// Type names start with an upper-case letter, then letters and digits.
    TypeName = "B301" "type-name",
    /// Field names start with a letter, then letters, digits and `_`.
    FieldName = "B302" "field-name",
    /// Enum values start with an upper-case letter, then upper-case letters, digits and `_`.
    EnumValueName = "B303" "enum-value-name",
    /// A schema defines a type once.
    DuplicateType = "B304" "duplicate-type",
    /// A struct has each field once.
    DuplicateField = "B305" "duplicate-field",
    /// An enum has each name once.
    DuplicateEnumValue = "B306" "duplicate-enum-value",
    /// A type is built in or defined by the schema.
    UnknownType = "B307" "unknown-type",
    /// A type is defined before it is used.
    UsedBeforeDefinition = "B308" "used-before-definition",
    /// A type does not contain itself, neither directly nor through others.
    RecursiveType = "B309" "recursive-type",
    /// A struct has a field.
    EmptyStruct = "B401" "empty-struct",
    /// An enum has a value.
    EmptyEnum = "B402" "empty-enum",
    /// A union has a member.
    EmptyUnion = "B403" "empty-union",
    /// A fixed length is at least 1.
    ZeroLength = "B404" "zero-length",
    /// `void` stands only in a union, or behind a name that is used only there.
    MisplacedVoid = "B405" "misplaced-void",
    /// Map keys are primitives other than `f32`, `f64` and `void`, or enums.
    MapKey = "B406" "map-key",
    /// An enum has each number once.
    RepeatedNumber = "B407" "repeated-number",
    /// The numbers of an enum ascend.
    DescendingNumber = "B408" "descending-number",
    /// A union has each tag once.
    RepeatedTag = "B409" "repeated-tag",
    /// The tags of a union ascend.
    DescendingTag = "B410" "descending-tag",
    /// A union has each type once.
    RepeatedMember = "B411" "repeated-member",
    /// Numbers and tags that are counted stay within `u64`.
    CountOverflow = "B412" "count-overflow",
    /// The smallest encoding of a type is less than 2^63 octets.
    TooLarge = "B413" "too-large",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
