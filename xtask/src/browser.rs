//! The program that runs in the browser, and the script that loads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{files_below, fingerprint};
use crate::site::Profile;

/// What the browser loads.
pub struct Browser {
    /// The script that loads the program and gives it the browser's functions.
    pub js: Vec<u8>,
    /// The program.
    pub wasm: Vec<u8>,
    /// Scripts that crates brought along, by their place beside the main one, which imports them from there.
    pub snippets: BTreeMap<PathBuf, Vec<u8>>,
}

/// Makes both from the compiled crate at `input`, in the folder `work`, where an earlier result for the same input
/// is used again.
pub fn build(input: &Path, work: &Path, profile: Profile, wasm_opt: Option<&Path>) -> Result<Browser> {
    let compiled = fs::read(input)
        .with_context(|| format!("the browser part is not built: cannot read {}", input.display()))?;
    let wasm_opt = wasm_opt.filter(|_| profile == Profile::Release);
    let tool = wasm_opt
        .map(|path| path.to_string_lossy().into_owned())
        .unwrap_or_default();
    let key = fingerprint(&[
        &compiled,
        tool.as_bytes(),
        SHRINK.concat().as_bytes(),
        env!("CARGO_PKG_VERSION").as_bytes(),
    ]);

    let key_file = work.join("key");
    if !fs::read_to_string(&key_file).is_ok_and(|done| done == key) {
        if work.exists() {
            fs::remove_dir_all(work).with_context(|| format!("cannot clear {}", work.display()))?;
        }
        Bindgen::new()
            .input_path(input)
            // Where it is shrunk, names are needed until then.
            .remove_name_section(profile == Profile::Release && wasm_opt.is_none())
            .remove_producers_section(profile == Profile::Release)
            .out_name("gatehouse")
            .web(true)?
            .typescript(false)
            .omit_default_module_path(true)
            .generate(work)
            .context("wasm-bindgen failed")?;
        if let Some(wasm_opt) = wasm_opt {
            shrink(wasm_opt, &work.join("gatehouse_bg.wasm"))?;
        }
        fs::write(&key_file, key)?;
    }
    read(work)
}

/// The passes of wasm-opt, found by measuring what is left after brotli, to which code that still repeats itself is
/// almost free: -Oz makes the program a seventh smaller and what is loaded a tenth larger, -O1 loads 4 % more than these.
/// What helps is to drop what is unused or there twice, and to put functions made from one generic beside each other,
/// which is what sorting by name does.
const SHRINK: [&str; 18] = [
    "--remove-unused-module-elements",
    "--duplicate-function-elimination",
    "--dae",
    "--vacuum",
    "--duplicate-function-elimination",
    "--dae",
    "--vacuum",
    "--duplicate-function-elimination",
    "--optimize-instructions",
    "--rse",
    "--coalesce-locals",
    "--reorder-locals",
    "--remove-unused-brs",
    "--merge-blocks",
    "--remove-unused-names",
    "--duplicate-function-elimination",
    "--reorder-functions-by-name",
    "--strip-debug",
];

fn shrink(wasm_opt: &Path, program: &Path) -> Result<()> {
    let status = Command::new(wasm_opt)
        .args(SHRINK)
        .arg(program)
        .arg("-o")
        .arg(program)
        .status()
        .with_context(|| format!("cannot run {}", wasm_opt.display()))?;
    if !status.success() {
        bail!("wasm-opt failed ({status})");
    }
    Ok(())
}

fn read(work: &Path) -> Result<Browser> {
    let mut snippets = BTreeMap::new();
    for path in files_below(&work.join("snippets"))? {
        let path = Path::new("snippets").join(path);
        let content = fs::read(work.join(&path))?;
        snippets.insert(path, content);
    }
    Ok(Browser {
        js: fs::read(work.join("gatehouse.js"))?,
        wasm: fs::read(work.join("gatehouse_bg.wasm"))?,
        snippets,
    })
}
