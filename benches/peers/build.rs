//! Generates vbare's types from our schema of version 5.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const SCHEMA: &str = "../../protocol/v5.bare";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={SCHEMA}");
    // vbare's compiler takes a folder; the one next door holds other versions too.
    let folder = Path::new(&env::var("OUT_DIR")?).join("schemas");
    fs::create_dir_all(&folder)?;
    fs::copy(SCHEMA, folder.join("v5.bare"))?;
    vbare_compiler::process_schemas(&folder)
}
