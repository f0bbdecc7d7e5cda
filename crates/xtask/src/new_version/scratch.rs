//! A copy of the project that may be changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A copy of the checkout, and where it is built.
pub(super) struct Scratch {
    pub(super) root: PathBuf,
    pub(super) target: PathBuf,
}

impl Scratch {
    /// Copies every file of the checkout at `original` that git tracks or would.
    pub(super) fn copy(original: &Path) -> Result<Self> {
        let folder = original.join("target/new-version");
        let scratch = Self {
            root: folder.join("checkout"),
            target: folder.join("target"),
        };
        if scratch.root.exists() {
            fs::remove_dir_all(&scratch.root)
                .context("cannot remove the scratch copy of an earlier run")?;
        }
        for file in files(original)? {
            // A file that was deleted and not yet committed is still listed.
            if original.join(&file).is_file() {
                let content = fs::read(original.join(&file))
                    .with_context(|| format!("cannot read {file}"))?;
                scratch.write(&file, &content)?;
            }
        }
        Ok(scratch)
    }

    /// The content of a file.
    pub(super) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file))
            .with_context(|| format!("cannot read {file} of the scratch copy"))
    }

    /// Writes a file, and the folders it is in.
    pub(super) fn write(&self, file: &str, content: &[u8]) -> Result<()> {
        let path = self.root.join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)
            .with_context(|| format!("cannot write {file} of the scratch copy"))
    }
}

/// Every file of a checkout, ignored ones aside, from its root.
fn files(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .context("cannot start git")?;
    ensure!(
        output.status.success(),
        "git ls-files failed: {}",
        output.status
    );
    let text =
        String::from_utf8(output.stdout).context("expected the names of files to be UTF-8")?;
    Ok(text.split_terminator('\0').map(str::to_owned).collect())
}
