//! The runtime on every kind of type: code generated from `schema.bare`, which knows no protocol.

#[path = "../../../../tests/support/counting.rs"]
mod counting;
mod frame;
#[allow(
    unreachable_pub,
    dead_code,
    reason = "the tests use a part of what is generated"
)]
mod generated;
mod memory;
mod rules;
mod values;

use std::path::Path;

use bare::dynamic::{Encoder, walk};
use bare::{
    Arena, DecodeError, DecodeLimits, Encode, EncodeExt, Frame, Message, VectoredBuffer, decode_ref,
};

#[test]
fn the_generated_types_are_those_of_the_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kitchen_sink");
    let source = std::fs::read_to_string(folder.join("schema.bare")).expect("it can be read");
    let schema = bare_codegen::parse(&source).expect("the schema is valid");
    let version = bare_codegen::rust::Version {
        name: "generated",
        schema: &schema,
        schema_path: "schema.bare",
    };
    let options = bare_codegen::rust::Options {
        command: "cargo test -p envoy-bare --test kitchen_sink".to_owned(),
        ..Default::default()
    };
    let files = bare_codegen::rust::generate(&[version], &options).expect("it can be generated");
    for file in files {
        let path = folder.join(&file.name);
        if std::fs::read_to_string(&path).ok().as_deref() == Some(&*file.text) {
            continue;
        }
        std::fs::write(&path, file.text).expect("it can be written");
        panic!(
            "{} was not up to date, and has been written again",
            path.display()
        );
    }
}

/// Reads octets in every form and writes them again in every way. All readings have to agree, and what is taken has to
/// be written as the very same octets.
///
/// Values are compared by what is shown of them, since a NaN is not equal to itself.
fn round_trip<M>(octets: &[u8]) -> Result<(), DecodeError>
where
    M: Message + std::fmt::Debug,
    for<'a> M::Ref<'a>: std::fmt::Debug,
{
    let limits = DecodeLimits::DEFAULT;
    let arena = Arena::new();
    let mut plain = Encoder::new();
    let expected = walk(M::DEFINITION, octets, &mut plain);
    let owned = M::decode(octets);
    let borrowed = decode_ref::<M>(octets, &arena, &limits);
    let frame = Frame::<M>::decode(bytes::Bytes::copy_from_slice(octets));
    let error = expected.as_ref().err();
    assert_eq!(owned.as_ref().err(), error, "owned: {octets:02x?}");
    assert_eq!(borrowed.as_ref().err(), error, "borrowed: {octets:02x?}");
    assert_eq!(frame.as_ref().err(), error, "frame: {octets:02x?}");
    assert_eq!(
        M::verify(octets, &limits).as_ref().err(),
        error,
        "verified: {octets:02x?}"
    );
    expected?;

    let (owned, borrowed, frame) = (owned?, borrowed?, frame?);
    assert_eq!(plain.octets(), octets);
    assert_eq!(format!("{:?}", frame.get()), format!("{borrowed:?}"));
    assert_eq!(format!("{:?}", frame.to_owned()), format!("{owned:?}"));
    every_encoding(&owned, octets);
    every_encoding(&borrowed, octets);
    Ok(())
}

fn every_encoding(value: &impl Encode, octets: &[u8]) {
    assert_eq!(value.encoded_len(), octets.len(), "{octets:02x?}");
    assert_eq!(value.to_vec(), octets);
    let mut buffer = vec![7; 3];
    value.append_to(&mut buffer);
    assert_eq!(buffer[3..], *octets);
    let mut vectored = VectoredBuffer::new();
    assert_eq!(vectored.encode(value).to_vec(), octets);
    assert_eq!(vectored.encode(value).encoded_len(), octets.len());
}
