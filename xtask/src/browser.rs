//! The program that runs in the browser, and the script that loads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use walrus::{FunctionBuilder, FunctionKind, Module, ModuleConfig};
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
    let key = fingerprint(&[&compiled, tool.as_bytes(), env!("CARGO_PKG_VERSION").as_bytes()]);

    let key_file = work.join("key");
    if !fs::read_to_string(&key_file).is_ok_and(|done| done == key) {
        if work.exists() {
            fs::remove_dir_all(work).with_context(|| format!("cannot clear {}", work.display()))?;
        }
        let mut module = ModuleConfig::new()
            .strict_validate(false)
            .generate_name_section(profile == Profile::Dev)
            .generate_producers_section(profile == Profile::Dev)
            .parse(&compiled)
            .map_err(|error| anyhow!("{} is not a program for the browser: {error:#}", input.display()))?;
        if profile == Profile::Release {
            leave_out(&mut module, LAZY_HYDRATION);
        }
        Bindgen::new()
            .input_module("gatehouse", module)
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

/// Part of the names of all functions that take over pages with lazily loaded routes. No page here is such a page, but
/// each view has a table with an entry for it, so the linker cannot know that they are never called.
const LAZY_HYDRATION: &str = "hydrate_async";

/// Empties the functions whose names contain this. Calling one would stop the program there and then.
fn leave_out(module: &mut Module, name: &str) {
    for function in module.funcs.iter_mut() {
        if !function
            .name
            .as_ref()
            .is_some_and(|function| function.contains(name))
        {
            continue;
        }
        let FunctionKind::Local(local) = &mut function.kind else {
            continue;
        };
        let (parameters, results) = module.types.params_results(local.ty());
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let mut empty = FunctionBuilder::new(&mut module.types, &parameters, &results);
        empty.func_body().unreachable();
        *local = empty.local_func(local.args.clone());
    }
}

fn shrink(wasm_opt: &Path, program: &Path) -> Result<()> {
    let status = Command::new(wasm_opt)
        .arg("-Oz")
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
