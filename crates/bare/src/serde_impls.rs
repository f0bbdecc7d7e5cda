//! Serde for the types of this crate, shaped so that `serde_bare` writes the octets of the wire.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::map::MapKey;
use crate::{Int, Map, Uint};

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, K: Deserialize<'de> + MapKey, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de> + MapKey, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Map<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                // The announced size is the peer's word: memory grows with what really comes.
                let mut entries = Vec::new();
                while let Some(entry) = access.next_entry()? {
                    entries.push(entry);
                }
                Map::from_entries(entries).map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A varint is a tuple of octets to a binary format, and a number to a format for people.
fn serialize_varint<S: Serializer>(mut value: u64, serializer: S) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(crate::schema::varint_size(value))?;
    while value >= 0x80 {
        tuple.serialize_element(&(value.to_le_bytes()[0] | 0x80))?;
        value >>= 7;
    }
    tuple.serialize_element(&value.to_le_bytes()[0])?;
    tuple.end()
}

fn deserialize_varint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Octets;

    impl<'de> Visitor<'de> for Octets {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a varint of at most 10 octets, in its shortest form")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<u64, A::Error> {
            let mut octets = [0; crate::varint::MAX_SIZE];
            for at in 0..octets.len() {
                let octet = access
                    .next_element()?
                    .ok_or_else(|| de::Error::invalid_length(at, &self))?;
                octets[at] = octet;
                if octet < 0x80 {
                    if at == 0 {
                        return Ok(u64::from(octet));
                    }
                    return match crate::varint::read_rest(octets[0], &octets[1..=at]) {
                        Ok((value, _)) => Ok(value),
                        Err(_) => Err(de::Error::custom(
                            "expected a varint of 64 bits in its shortest form",
                        )),
                    };
                }
            }
            Err(de::Error::custom("expected a varint of at most 10 octets"))
        }
    }

    deserializer.deserialize_tuple(crate::varint::MAX_SIZE, Octets)
}

impl Serialize for Uint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serialize_varint(self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Uint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self);
        }
        deserialize_varint(deserializer).map(Self)
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        serialize_varint(self.zigzag(), serializer)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Self);
        }
        deserialize_varint(deserializer).map(Self::from_zigzag)
    }
}
