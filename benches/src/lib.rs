//! The codec of `envoy-protocol` measured beside its peers: twelve messages, every codec in turn in one process.

pub mod bars;
pub mod callgrind;
pub mod case;
pub mod counts;
pub mod messages;
pub mod ours;
pub mod plot;
pub mod table;
pub mod timing;
pub mod twins;
