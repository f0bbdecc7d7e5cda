//! Library behind the `envoy` command.
