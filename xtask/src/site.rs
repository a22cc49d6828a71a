//! The folder that the server serves: `pkg/` with what was compiled, and the files of `public/` beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::browser::{self, Browser};
use crate::files::{brotli, files_below, fingerprint, gzip, with_suffix, write_if_changed};
use crate::style;

/// Which build of the browser part is served, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Shrunk, named by content and compressed beforehand: for everyone.
    Release,
    /// As compiled, under plain names: for the person changing it.
    Dev,
}

/// What to build, and where.
pub struct Options {
    /// The checkout.
    pub root: PathBuf,
    /// cargo's target directory.
    pub target: PathBuf,
    /// Which build.
    pub profile: Profile,
    /// The wasm-opt binary, if there is one.
    pub wasm_opt: Option<PathBuf>,
    /// The largest first load in bytes, script and program after brotli.
    pub budget: Option<usize>,
}

/// The files of the site by their place in it.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Builds the site and, for the release, says how large it is.
pub fn build(options: &Options) -> Result<()> {
    let (compiled, folder, binaries) = match options.profile {
        Profile::Release => ("wasm-release", "site", "release"),
        Profile::Dev => ("debug", "site-dev", "debug"),
    };
    let input = options
        .target
        .join("wasm32-unknown-unknown")
        .join(compiled)
        .join("frontend.wasm");
    let work = options.target.join("xtask").join(compiled);
    let site = options.target.join(folder);

    let browser = browser::build(&input, &work, options.profile, options.wasm_opt.as_deref())?;
    let css = style::compile(&options.root, options.profile)?.into_bytes();
    let public = options.root.join("public");
    let mut files = Files::new();
    for path in files_below(&public)? {
        let content =
            fs::read(public.join(&path)).with_context(|| format!("cannot read public/{}", path.display()))?;
        files.insert(path, content);
    }

    match options.profile {
        Profile::Dev => {
            add_package(&mut files, browser, css, None);
            write_site(&site, files)?;
        }
        Profile::Release => {
            let hashes = Hashes::of(&browser, &css);
            add_package(&mut files, browser, css, Some(&hashes));
            compress(&site, &mut files)?;
            let first_load = report(&files);
            write_site(&site, files)?;
            // Last, so that the server never names a file that is not there yet.
            write_if_changed(
                &options.target.join(binaries).join("hash.txt"),
                hashes.file().as_bytes(),
            )?;
            if let Some(budget) = options.budget
                && first_load > budget
            {
                bail!(
                    "the first load is {} kB, over the budget of {} kB",
                    first_load.div_ceil(1000),
                    budget / 1000
                );
            }
        }
    }
    Ok(())
}

/// The part of each name that changes with the content, so that browsers may keep the files for ever.
struct Hashes {
    js: String,
    wasm: String,
    css: String,
}

impl Hashes {
    fn of(browser: &Browser, css: &[u8]) -> Self {
        let short = |parts: &[&[u8]]| {
            let mut hash = fingerprint(parts);
            hash.truncate(16);
            hash
        };
        Self {
            js: short(&[&browser.js]),
            wasm: short(&[&browser.wasm]),
            css: short(&[css]),
        }
    }

    /// The file beside the server binary in which leptos looks the hashes up.
    fn file(&self) -> String {
        format!("js: {}\nwasm: {}\ncss: {}\n", self.js, self.wasm, self.css)
    }
}

fn add_package(files: &mut Files, browser: Browser, css: Vec<u8>, hashes: Option<&Hashes>) {
    let package = Path::new("pkg");
    let name = |hash: Option<&String>, extension: &str| {
        let hash = hash.map(|hash| format!(".{hash}")).unwrap_or_default();
        package.join(format!("gatehouse{hash}.{extension}"))
    };
    files.insert(name(hashes.map(|hashes| &hashes.js), "js"), browser.js);
    files.insert(name(hashes.map(|hashes| &hashes.wasm), "wasm"), browser.wasm);
    files.insert(name(hashes.map(|hashes| &hashes.css), "css"), css);
    for (path, content) in browser.snippets {
        files.insert(package.join(path), content);
    }
}

/// Adds a `.br` and a `.gz` to every file that gets smaller by it, taking them from the site when the file is
/// unchanged there.
fn compress(site: &Path, files: &mut Files) -> Result<()> {
    let mut compressed = Files::new();
    for (path, content) in files.iter() {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !matches!(
            extension,
            Some("js" | "wasm" | "css" | "svg" | "txt" | "json" | "webmanifest")
        ) {
            continue;
        }
        let unchanged = fs::read(site.join(path)).is_ok_and(|existing| existing == *content);
        for (extra, pack) in [("br", brotli as fn(&[u8]) -> Result<Vec<u8>>), ("gz", gzip)] {
            let place = with_suffix(path, extra);
            let packed = match fs::read(site.join(&place)) {
                Ok(packed) if unchanged => packed,
                _ => pack(content)?,
            };
            compressed.insert(place, packed);
        }
    }
    files.append(&mut compressed);
    Ok(())
}

/// Makes the folder hold these files and nothing else.
fn write_site(site: &Path, files: Files) -> Result<()> {
    for (path, content) in &files {
        write_if_changed(&site.join(path), content)?;
    }
    let wanted: BTreeSet<PathBuf> = files.into_keys().collect();
    for stale in files_below(site)?.difference(&wanted) {
        fs::remove_file(site.join(stale)).with_context(|| format!("cannot remove {}", stale.display()))?;
    }
    Ok(())
}

/// Prints what a visitor downloads; returns the first load, script and program after brotli.
fn report(files: &Files) -> usize {
    let mut first_load = 0;
    println!("{:<44} {:>9} {:>9} {:>9}", "file", "plain", "gzip", "brotli");
    for (path, content) in files {
        let size = |extra: &str| files.get(&with_suffix(path, extra)).map(Vec::len);
        let (Some(br), Some(gz)) = (size("br"), size("gz")) else {
            continue;
        };
        if !path.starts_with("pkg") {
            continue;
        }
        println!(
            "{:<44} {:>9} {:>9} {:>9}",
            path.display(),
            kb(content.len()),
            kb(gz),
            kb(br)
        );
        if path
            .extension()
            .is_some_and(|extension| extension == "js" || extension == "wasm")
        {
            first_load += br;
        }
    }
    println!("{:<44} {:>29}", "first load: script and program", kb(first_load));
    first_load
}

fn kb(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn package() -> (Browser, Vec<u8>) {
        let snippets = BTreeMap::from([(PathBuf::from("snippets/x/inline0.js"), b"export {}".to_vec())]);
        (
            Browser {
                js: b"script".to_vec(),
                wasm: b"program".to_vec(),
                snippets,
            },
            b"a{b:c}".to_vec(),
        )
    }

    #[test]
    fn names_carry_the_hashes_that_leptos_reads() {
        let (browser, css) = package();
        let hashes = Hashes::of(&browser, &css);
        let mut files = Files::new();
        add_package(&mut files, browser, css, Some(&hashes));
        // How leptos reads the file: `name:hash` lines, blanks around the hash dropped.
        for line in hashes.file().lines() {
            let (extension, hash) = line.split_once(':').unwrap();
            let name = format!("pkg/gatehouse.{}.{extension}", hash.trim());
            assert!(files.contains_key(Path::new(&name)), "{name}");
        }
        assert!(files.contains_key(Path::new("pkg/snippets/x/inline0.js")));
    }

    #[test]
    fn a_site_holds_what_was_asked_and_nothing_older() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path();
        let (browser, css) = package();
        let mut files = Files::from([(PathBuf::from("favicon.svg"), b"<svg/>".to_vec())]);
        add_package(&mut files, browser, css, None);
        fs::create_dir_all(site.join("pkg")).unwrap();
        fs::write(site.join("pkg/gatehouse.0123.js"), "old").unwrap();

        compress(site, &mut files).unwrap();
        write_site(site, files.clone()).unwrap();

        let there = files_below(site).unwrap();
        assert!(!there.contains(Path::new("pkg/gatehouse.0123.js")));
        for name in [
            "pkg/gatehouse.js",
            "pkg/gatehouse.wasm",
            "pkg/gatehouse.css",
            "favicon.svg",
        ] {
            for suffix in ["", ".br", ".gz"] {
                assert!(
                    there.contains(Path::new(&format!("{name}{suffix}"))),
                    "{name}{suffix}"
                );
            }
        }
        assert_eq!(there.len(), files.len());
    }
}
