//! Converting a frame's octets against decoding, converting and encoding it.

use bare::DecodeLimits;
use bytes::Bytes;
use envoy_protocol::{TranscodeError, Version, transcode};

use super::Convertible;

/// Checks the conversion from `version` to every version.
pub(crate) fn check<M: Convertible>(version: Version, octets: &[u8]) {
    let frame = Bytes::copy_from_slice(octets);
    let decoded = M::decode_at(version, octets, &DecodeLimits::DEFAULT);
    for to in Version::ALL {
        let found = transcode(M::ROOT, &frame, version, *to);
        let expected = match &decoded {
            Ok(message) => message.to_bytes_at(*to).map_err(TranscodeError::from),
            Err(error) => Err(TranscodeError::from(error.clone())),
        };
        assert_eq!(found, expected, "{version} to {to}");
        let Ok(found) = found else { continue };
        if *to >= version {
            // An upgrade says nothing new, so the way back loses nothing.
            let back = transcode(M::ROOT, &found, *to, version);
            assert_eq!(back.as_deref(), Ok(octets), "{version} to {to} and back");
        }
    }
}
