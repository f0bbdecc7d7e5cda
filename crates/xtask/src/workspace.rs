//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

/// The six top-level unions of the protocol, in the order that tools number them.
pub(crate) const ROOTS: [&str; 6] = [
    "ToRivet",
    "ToEnvoy",
    "ToEnvoyConn",
    "ToGateway",
    "ToOutbound",
    "ActorCommandKeyData",
];

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    // This crate lives two folders below it, wherever the checkout is.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> Result<PathBuf> {
    let mut command = crate::run::cargo();
    command.args(["metadata", "--format-version=1", "--no-deps"]);
    let found = crate::run::probe(&mut command).context("cannot ask cargo where it builds")?;
    let found: serde_json::Value = serde_json::from_str(&found)?;
    let target = found["target_directory"]
        .as_str()
        .context("expected cargo to say where it builds")?;
    Ok(PathBuf::from(target))
}

/// The schemas of a checkout: `(number, file name)` for each `protocol/vN.bare`, oldest first.
pub(crate) fn schemas(root: &Path) -> Result<Vec<(u16, String)>> {
    let dir = root.join("protocol");
    let mut schemas = Vec::new();
    for entry in
        std::fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let number = name
            .strip_prefix('v')
            .and_then(|name| name.strip_suffix(".bare"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            schemas.push((number, name));
        }
    }
    ensure!(
        !schemas.is_empty(),
        "expected schemas in {}, but found none",
        dir.display()
    );
    schemas.sort_unstable();
    Ok(schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_the_schemas_from_the_oldest() {
        let schemas = schemas(&root()).expect("the checkout has schemas");
        assert_eq!(schemas[0], (4, "v4.bare".to_owned()));
        assert!(schemas.is_sorted());
    }
}
