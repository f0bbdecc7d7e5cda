//! Envoy protocol.
