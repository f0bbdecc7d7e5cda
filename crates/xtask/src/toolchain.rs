//! A compiler that takes flags that are not stable.

use std::process::Command;

use crate::run::{cargo, probe};

/// What compiles with flags that are not stable: sanitizers, and what fuzzing needs.
pub(crate) enum Toolchain {
    Nightly(String),
    /// The stable compiler, told to take the flags.
    Bootstrap(String),
}

impl Toolchain {
    pub(crate) fn find() -> Self {
        match probe(cargo().args(["+nightly", "--version"])) {
            Some(version) => Self::Nightly(version),
            None => Self::Bootstrap(probe(cargo().arg("--version")).unwrap_or_default()),
        }
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Nightly(version) => format!("the nightly toolchain, {version}"),
            Self::Bootstrap(version) => {
                format!("RUSTC_BOOTSTRAP=1 and {version}, since there is no nightly toolchain")
            }
        }
    }

    /// `cargo`, at the workspace's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        match self {
            Self::Nightly(_) => command.arg("+nightly"),
            Self::Bootstrap(_) => command.env("RUSTC_BOOTSTRAP", "1"),
        };
        command
    }
}
