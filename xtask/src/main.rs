//! Turns what cargo compiled for the browser into the folder that the server serves.
//!
//! It does what cargo-leptos does after compiling, with the same result, and is a part of the workspace so that a
//! fresh machine need not compile cargo-leptos (half an hour) before it can show a page.

mod browser;
mod files;
mod prices;
mod python;
mod reload;
#[cfg(test)]
mod security;
mod site;
mod style;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::site::{Options, Profile};

const USAGE: &str = "\
Usage: cargo xtask site [--release | --quick | --dev] [--budget-kb N]
       cargo xtask reload
       cargo xtask prices DATA SOURCE DAY

site puts together the folder that the server serves:
  --release       from the `wasm-release` build: shrunk, named by content, compressed beforehand (the default)
  --quick         from the `quick-wasm` build, as it is, into target/site-quick
  --dev           from the debug build, as it is, into target/site-dev
  --budget-kb N   fail when the first load (script and program, brotli) is larger than N kB

reload makes open pages of a server started with LEPTOS_WATCH=1 reload at each line of its input.

prices makes the shipped table of prices, crates/services/prices/genai-prices.json:
  DATA            data.py of the Python package genai-prices
  SOURCE          its name and version, such as `genai-prices 0.2.3`
  DAY             the day on which it was the newest, such as 2026-11-27

Environment: CARGO_TARGET_DIR where cargo builds; WASM_OPT the wasm-opt binary, without which nothing is shrunk.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gatehouse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("site") => site(arguments),
        Some("reload") => reload::serve(),
        Some("prices") => {
            let (Some(data), Some(source), Some(day), None) = (
                arguments.next(),
                arguments.next(),
                arguments.next(),
                arguments.next(),
            ) else {
                bail!("{USAGE}");
            };
            let table = prices::table(&data, &source, &day)?;
            let path = workspace_root()?.join("crates/services/prices/genai-prices.json");
            std::fs::write(&path, table).with_context(|| path.display().to_string())
        }
        Some("--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}

fn site(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut profile = Profile::Release;
    let mut budget = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--release" => profile = Profile::Release,
            "--quick" => profile = Profile::Quick,
            "--dev" => profile = Profile::Dev,
            "--budget-kb" => {
                let value = arguments.next().context("--budget-kb needs a number")?;
                let kb: usize = value
                    .parse()
                    .with_context(|| format!("--budget-kb is not a number: {value}"))?;
                budget = Some(kb * 1000);
            }
            other => bail!("unknown option {other}\n\n{USAGE}"),
        }
    }

    let root = workspace_root()?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    let wasm_opt = std::env::var_os("WASM_OPT")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    site::build(&Options {
        root,
        target,
        profile,
        wasm_opt,
        budget,
    })
}

/// The checkout, found from the working directory: the binary may have been built for another one that shares its
/// target directory.
fn workspace_root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|dir| dir.join("Cargo.lock").is_file())
        .map(PathBuf::from)
        .context("run this inside the Gatehouse checkout")
}
