//! `cargo xtask features`: every library with none, each and all of its features.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::{cargo, run as run_command};

/// Compile every library of the workspace with no feature, with each one alone, and with all
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version=1"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        output.status
    );
    for (package, features) in packages(&serde_json::from_slice(&output.stdout)?)? {
        let check = |with: &[&str]| {
            // Warnings are errors: a feature that is off must not leave unused code behind.
            run_command(
                cargo()
                    .env("RUSTFLAGS", "-Dwarnings")
                    .args(["check", "--quiet", "--lib", "--package", &package])
                    .args(with),
            )
        };
        check(&["--no-default-features"])?;
        for feature in &features {
            check(&["--no-default-features", "--features", feature])?;
        }
        check(&["--all-features"])?;
    }
    Ok(())
}

/// The packages that have features, and those features, `default` aside.
fn packages(metadata: &Value) -> Result<Vec<(String, Vec<String>)>> {
    let packages = metadata["packages"]
        .as_array()
        .context("expected a list of packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"]
            .as_str()
            .context("expected the name of a package")?;
        let features = package["features"]
            .as_object()
            .context("expected its features")?;
        // The order of a JSON object is the parser's, so the names are sorted.
        let mut features: Vec<_> = features
            .keys()
            .filter(|name| *name != "default")
            .cloned()
            .collect();
        features.sort();
        if !features.is_empty() {
            found.push((name.to_owned(), features));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_features_that_are_not_the_default() {
        let metadata = serde_json::json!({
            "packages": [
                { "name": "plain", "features": {} },
                { "name": "rich", "features": { "default": ["std"], "std": [], "serde": ["dep:serde"] } },
            ],
        });
        let packages = packages(&metadata).expect("the metadata is as cargo prints it");
        assert_eq!(
            packages,
            [(
                "rich".to_owned(),
                vec!["serde".to_owned(), "std".to_owned()]
            )]
        );
    }
}
