//! Maps that keep the sender's order.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::{fmt, mem, slice};

use crate::reader::Decoded;
use crate::{Decode, Encode, Fault, Int, IntoOwned, Place, Reader, Uint, Writer};

/// Up to this many entries are compared pair by pair where their fingerprints meet; more are sorted.
const SMALL: usize = 64;
/// Places for the fingerprints of up to `SMALL` keys.
const PLACES: usize = 512;
/// What finding a repeated key takes for each entry: these octets for the reference reading, which says what key it is.
/// The 4 octets that it takes to see that there is one are in the half that the memory budget adds.
const KEY_PLACES: usize = 16;

/// A type that may be the key of a map: a primitive other than a float, or an enum.
pub trait MapKey: Ord {
    /// A cheap hash. Equal keys have equal fingerprints; a peer that makes others meet costs at most the pairwise
    /// comparison of a small map.
    fn fingerprint(&self) -> u64;
}

/// A `map<K><V>` that owns its entries, in the order in which they are sent.
///
/// Keys are unique. Two maps are equal when they hold the same entries in the same order, since their encodings are.
/// Lookups compare keys one after the other: maps of a protocol are small.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

/// A `map<K><V>` as it was read: the entries in the sender's order, in the memory of the message.
pub struct MapRef<'a, K, V> {
    entries: &'a [(K, V)],
}

/// The entries of a map have a key twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateKey {
    /// Index of an entry whose key an earlier entry has too.
    pub index: usize,
}

impl fmt::Display for DuplicateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "expected each key of a map once, but found that of entry {} before it",
            self.index
        )
    }
}

impl core::error::Error for DuplicateKey {}

impl<K, V> Map<K, V> {
    /// A map without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// The entries in order.
    #[must_use]
    pub fn as_slice(&self) -> &[(K, V)] {
        &self.entries
    }

    /// The entries in order.
    #[must_use]
    pub fn into_entries(self) -> Vec<(K, V)> {
        self.entries
    }

    /// Keys and values in order.
    pub fn iter(&self) -> slice::Iter<'_, (K, V)> {
        self.entries.iter()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn get<Q: Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries
            .iter()
            .find(|(k, _)| k.borrow() == key)
            .map(|(_, v)| v)
    }

    /// Sets the value of a key, and returns the one it had. A new key goes to the end, a known one stays in its place.
    pub fn insert(&mut self, key: K, value: V) -> Option<V>
    where
        K: Eq,
    {
        if let Some((_, slot)) = self.entries.iter_mut().find(|(k, _)| *k == key) {
            return Some(core::mem::replace(slot, value));
        }
        self.entries.push((key, value));
        None
    }

    /// Removes a key, and returns its value. The others keep their order.
    pub fn remove<Q: Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.entries.iter().position(|(k, _)| k.borrow() == key)?;
        Some(self.entries.remove(at).1)
    }
}

impl<K: MapKey, V> Map<K, V> {
    /// A map of these entries, whose keys must differ.
    pub fn from_entries(entries: Vec<(K, V)>) -> Result<Self, DuplicateKey> {
        check_unique(&entries)?;
        Ok(Self { entries })
    }
}

impl<'a, K, V> MapRef<'a, K, V> {
    /// The entries in order.
    #[must_use]
    pub const fn as_slice(&self) -> &'a [(K, V)] {
        self.entries
    }

    /// Keys and values in order.
    pub fn iter(&self) -> slice::Iter<'a, (K, V)> {
        self.entries.iter()
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn get<Q: Eq + ?Sized>(&self, key: &Q) -> Option<&'a V>
    where
        K: Borrow<Q>,
    {
        self.entries
            .iter()
            .find(|(k, _)| k.borrow() == key)
            .map(|(_, v)| v)
    }
}

impl<'a, K: MapKey, V> MapRef<'a, K, V> {
    /// A map of these entries, whose keys must differ.
    pub fn from_entries(entries: &'a [(K, V)]) -> Result<Self, DuplicateKey> {
        check_unique(entries)?;
        Ok(Self { entries })
    }
}

/// Finds an entry whose key an earlier one has.
fn check_unique<K: MapKey, V>(entries: &[(K, V)]) -> Result<(), DuplicateKey> {
    if entries.len() > SMALL {
        check_unique_sorted(entries, &mut vec![0; entries.len()])
    } else {
        check_unique_small(entries)
    }
}

/// For at most `SMALL` entries: a fresh key seldom meets a taken place, and only then are keys compared.
#[inline(always)]
fn check_unique_small<K: MapKey, V>(entries: &[(K, V)]) -> Result<(), DuplicateKey> {
    if entries.len() < 2 {
        return Ok(());
    }
    // An octet for each place, not a bit: keys that fell into one word would wait for each other's write.
    let mut taken = [false; PLACES];
    for (index, (key, _)) in entries.iter().enumerate() {
        let [low, high, ..] = key.fingerprint().to_le_bytes();
        let place = usize::from(u16::from_le_bytes([low, high])) % PLACES;
        if mem::replace(&mut taken[place], true) {
            compare_with_earlier(entries, index)?;
        }
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn compare_with_earlier<K: MapKey, V>(
    entries: &[(K, V)],
    index: usize,
) -> Result<(), DuplicateKey> {
    let (earlier, rest) = entries.split_at(index);
    if earlier.iter().any(|(key, _)| *key == rest[0].0) {
        return Err(DuplicateKey { index });
    }
    Ok(())
}

/// The same for any number of entries. `order` has a place for each.
#[cold]
#[inline(never)]
fn check_unique_sorted<K: MapKey, V>(
    entries: &[(K, V)],
    order: &mut [u32],
) -> Result<(), DuplicateKey> {
    for (place, index) in order.iter_mut().zip(0..) {
        *place = index;
    }
    let key = |place: u32| &entries[place as usize].0;
    order.sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
    for pair in order.windows(2) {
        if key(pair[0]) == key(pair[1]) {
            return Err(DuplicateKey {
                index: pair[0].max(pair[1]) as usize,
            });
        }
    }
    Ok(())
}

impl<'a, K: Decode<'a> + MapKey, V: Decode<'a>> Decode<'a> for MapRef<'a, K, V> {
    const MIN_SIZE: usize = 1;

    #[inline]
    fn decode_in<'r, P: Place<Self>>(
        mut reader: Reader<'r, 'a>,
        place: P,
    ) -> Decoded<'r, 'a, P::Done> {
        let offset = reader.offset();
        let count = reader.count(K::MIN_SIZE + V::MIN_SIZE)?;
        let owned = core::mem::size_of::<(K::Owned, V::Owned)>();
        let (reader, entries): (_, &'a [(K, V)]) =
            reader.fill(count, offset, KEY_PLACES, owned, |reader, slot| {
                let (reader, key) = K::decode_from(reader)?;
                V::decode_in(reader, slot.map(move |value| (key, value)))
            })?;
        let unique = if count > SMALL {
            reader.scratch(count, offset, |order| check_unique_sorted(entries, order))?
        } else {
            check_unique_small(entries)
        };
        unique.map_err(|_| Fault::MALFORMED)?;
        Ok((reader, place.put(MapRef { entries })))
    }
}

impl<K: Encode, V: Encode> Encode for Map<K, V> {
    #[inline]
    fn encoded_len(&self) -> usize {
        entries_len(&self.entries)
    }

    #[inline]
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        encode_entries(&self.entries, writer)
    }
}

impl<K: Encode, V: Encode> Encode for MapRef<'_, K, V> {
    #[inline]
    fn encoded_len(&self) -> usize {
        entries_len(self.entries)
    }

    #[inline]
    fn encode<'w, 'v>(&'v self, writer: Writer<'w, 'v>) -> Writer<'w, 'v> {
        encode_entries(self.entries, writer)
    }
}

#[inline]
fn entries_len<K: Encode, V: Encode>(entries: &[(K, V)]) -> usize {
    let prefix = crate::schema::varint_size(entries.len() as u64);
    prefix
        + entries
            .iter()
            .map(|(key, value)| key.encoded_len() + value.encoded_len())
            .sum::<usize>()
}

#[inline]
fn encode_entries<'w, 'v, K: Encode, V: Encode>(
    entries: &'v [(K, V)],
    mut writer: Writer<'w, 'v>,
) -> Writer<'w, 'v> {
    writer.length(entries.len());
    for (key, value) in entries {
        writer = key.encode(writer);
        writer = value.encode(writer);
    }
    writer
}

impl<K: IntoOwned + Copy, V: IntoOwned + Copy> IntoOwned for MapRef<'_, K, V> {
    type Owned = Map<K::Owned, V::Owned>;

    fn into_owned(self) -> Self::Owned {
        // The keys were checked when this map was made.
        Map {
            entries: self
                .entries
                .iter()
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect(),
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Default for MapRef<'_, K, V> {
    fn default() -> Self {
        Self { entries: &[] }
    }
}

/// Like inserting one after the other: the last value of a key wins and stands where the key came first.
impl<K: MapKey, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let (keys, mut values): (Vec<K>, Vec<Option<V>>) = entries
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .unzip();
        let key = |at: usize| &keys[at];
        // Stable, so that equal keys stay in order.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| key(*a).cmp(key(*b)));
        for same in order.chunk_by(|a, b| key(*a) == key(*b)) {
            if let [first, again @ .., last] = same {
                values.swap(*first, *last);
                for at in again.iter().chain([last]) {
                    values[*at] = None;
                }
            }
        }
        Self {
            entries: keys
                .into_iter()
                .zip(values)
                .filter_map(|(key, value)| Some((key, value?)))
                .collect(),
        }
    }
}

impl<K: MapKey, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = alloc::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = &'a (K, V);
    type IntoIter = slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for MapRef<'a, K, V> {
    type Item = &'a (K, V);
    type IntoIter = slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &MapRef<'a, K, V> {
    type Item = &'a (K, V);
    type IntoIter = slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> Clone for MapRef<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for MapRef<'_, K, V> {}

impl<K: PartialEq, V: PartialEq> PartialEq for MapRef<'_, K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Eq, V: Eq> Eq for MapRef<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for MapRef<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}

/// Mixes a word so that its low bits depend on all of it.
#[inline(always)]
fn mix(word: u64) -> u64 {
    let product = word.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ product >> 32
}

/// Length, first and last octets: what tells header names and identifiers apart.
#[inline(always)]
fn octets_fingerprint(octets: &[u8]) -> u64 {
    let len = octets.len();
    if let (Some(first), Some(last)) = (octets.first_chunk::<8>(), octets.last_chunk::<8>()) {
        return mix(u64::from_le_bytes(*first)
            ^ u64::from_le_bytes(*last).rotate_left(24)
            ^ len as u64);
    }
    if let (Some(first), Some(last)) = (octets.first_chunk::<4>(), octets.last_chunk::<4>()) {
        return mix(
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        );
    }
    let mut word = len as u64;
    for octet in octets {
        word = word << 8 | u64::from(*octet);
    }
    mix(word)
}

impl MapKey for &str {
    #[inline(always)]
    fn fingerprint(&self) -> u64 {
        octets_fingerprint(self.as_bytes())
    }
}

impl MapKey for String {
    fn fingerprint(&self) -> u64 {
        octets_fingerprint(self.as_bytes())
    }
}

impl MapKey for &[u8] {
    #[inline(always)]
    fn fingerprint(&self) -> u64 {
        octets_fingerprint(self)
    }
}

impl MapKey for Vec<u8> {
    fn fingerprint(&self) -> u64 {
        octets_fingerprint(self)
    }
}

impl<const N: usize> MapKey for [u8; N] {
    #[inline(always)]
    fn fingerprint(&self) -> u64 {
        octets_fingerprint(self)
    }
}

macro_rules! scalar_keys {
    ($($name:ty: $key:ident => $word:expr),* $(,)?) => {$(
        impl MapKey for $name {
            #[inline(always)]
            fn fingerprint(&self) -> u64 {
                let $key = *self;
                mix($word)
            }
        }
    )*};
}
scalar_keys! {
    u8: key => u64::from(key),
    u16: key => u64::from(key),
    u32: key => u64::from(key),
    u64: key => key,
    i8: key => i64::from(key).cast_unsigned(),
    i16: key => i64::from(key).cast_unsigned(),
    i32: key => i64::from(key).cast_unsigned(),
    i64: key => key.cast_unsigned(),
    bool: key => u64::from(key),
    Uint: key => key.0,
    Int: key => key.0.cast_unsigned(),
}
