//! The folder that the server serves: `pkg/` with what was compiled, and the files of `public/` beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, iter, thread};

use anyhow::{Context, Result, anyhow, bail};

use crate::browser::{self, Browser};
use crate::files::{brotli, files_below, fingerprint, gzip, with_suffix, write_if_changed};
use crate::style;

/// Which build of the browser part is served, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Shrunk, named by content and compressed beforehand: for everyone.
    Release,
    /// As the `quick-wasm` profile compiles it, one program for every page, under plain names: to try and to test.
    Quick,
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

/// Where the server reads the hashes that names carry. Not among what it serves.
const HASHES: &str = "hash.txt";

/// The files of the site by their place in it.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The programs that the browser's part is for a release: the binaries of `programs`.
const PROGRAMS: [&str; 7] = ["access", "person", "chat", "manage", "review", "spend", "other"];

/// One program, under the name it is served by.
struct Program {
    name: &'static str,
    browser: Browser,
}

/// Builds the site and, for the release, says how large it is.
pub fn build(options: &Options) -> Result<()> {
    let (compiled, folder) = match options.profile {
        Profile::Release => ("wasm-release", "site"),
        Profile::Quick => ("quick-wasm", "site-quick"),
        Profile::Dev => ("debug", "site-dev"),
    };
    let inputs = options.target.join("wasm32-unknown-unknown").join(compiled);
    let work = options.target.join("xtask").join(compiled);
    let site = options.target.join(folder);
    let program = |name: &'static str, input: &str| -> Result<Program> {
        let wasm_opt = options.wasm_opt.as_deref();
        let browser = browser::build(&inputs.join(input), &work.join(name), options.profile, wasm_opt)?;
        Ok(Program { name, browser })
    };

    let css = style::compile(&options.root, options.profile)?.into_bytes();
    let public = options.root.join("public");
    let mut files = Files::new();
    for path in files_below(&public)? {
        let content =
            fs::read(public.join(&path)).with_context(|| format!("cannot read public/{}", path.display()))?;
        files.insert(path, content);
    }

    match options.profile {
        Profile::Quick | Profile::Dev => {
            add_package(
                &mut files,
                vec![program("gatehouse", "frontend.wasm")?],
                css,
                &mut Hashes::none(),
            );
            write_site(&site, files)?;
        }
        Profile::Release => {
            let programs = side_by_side(PROGRAMS.into(), |name| program(name, &format!("{name}.wasm")))?;
            let mut hashes = Hashes::default();
            add_package(&mut files, programs, css, &mut hashes);
            compress(&site, &mut files)?;
            let first_load = report(&files);
            files.insert(PathBuf::from(HASHES), hashes.file().into_bytes());
            write_site(&site, files)?;
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
#[derive(Default)]
struct Hashes {
    lines: Vec<(String, String)>,
    plain: bool,
}

impl Hashes {
    /// Names stay as they are.
    fn none() -> Self {
        Self {
            plain: true,
            ..Self::default()
        }
    }

    /// Where a file goes, by its name and what it holds; `label` is how the server asks for it.
    fn place(&mut self, label: &str, stem: &str, extension: &str, content: &[u8]) -> PathBuf {
        let package = Path::new("pkg");
        if self.plain {
            return package.join(format!("{stem}.{extension}"));
        }
        let mut hash = fingerprint(&[content]);
        hash.truncate(16);
        let path = package.join(format!("{stem}.{hash}.{extension}"));
        self.lines.push((label.to_owned(), hash));
        path
    }

    /// The file in which the server looks up the names of the style sheet and the programs.
    fn file(&self) -> String {
        self.lines
            .iter()
            .map(|(label, hash)| format!("{label}: {hash}\n"))
            .collect()
    }
}

fn add_package(files: &mut Files, programs: Vec<Program>, css: Vec<u8>, hashes: &mut Hashes) {
    for Program { name, browser } in programs {
        for (extension, content) in [("js", browser.js), ("wasm", browser.wasm)] {
            let place = hashes.place(&format!("{name}.{extension}"), name, extension, &content);
            files.insert(place, content);
        }
        for (path, content) in browser.snippets {
            files.insert(Path::new("pkg").join(path), content);
        }
    }
    let place = hashes.place("css", "gatehouse", "css", &css);
    files.insert(place, css);
}

/// Adds a `.br` and a `.gz` to every file that gets smaller by it, taking them from the site when the file is
/// unchanged there.
fn compress(site: &Path, files: &mut Files) -> Result<()> {
    let text = files
        .iter()
        .filter(|(path, _)| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(
                extension,
                Some("js" | "wasm" | "css" | "svg" | "txt" | "json" | "webmanifest")
            )
        })
        .collect();
    let compressed = side_by_side(text, |(path, content)| {
        let unchanged = fs::read(site.join(path)).is_ok_and(|existing| existing == *content);
        let mut compressed = Files::new();
        for (extra, pack) in [("br", brotli as fn(&[u8]) -> Result<Vec<u8>>), ("gz", gzip)] {
            let place = with_suffix(path, extra);
            let packed = match fs::read(site.join(&place)) {
                Ok(packed) if unchanged => packed,
                _ => pack(content)?,
            };
            compressed.insert(place, packed);
        }
        Ok(compressed)
    })?;
    files.extend(compressed.into_iter().flatten());
    Ok(())
}

/// The same work for each item, on every core.
fn side_by_side<I: Send, O: Send>(items: Vec<I>, work: impl Fn(I) -> Result<O> + Sync) -> Result<Vec<O>> {
    let cores = thread::available_parallelism()?.get();
    let open = Mutex::new(items.into_iter().enumerate());
    let next = || open.lock().ok()?.next();
    let mut done = thread::scope(|scope| {
        let worker = || -> Result<Vec<(usize, O)>> {
            iter::from_fn(next)
                .map(|(place, item)| Ok((place, work(item)?)))
                .collect()
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(
                worker
                    .join()
                    .map_err(|_| anyhow!("the site builder panicked"))??,
            );
        }
        anyhow::Ok(done)
    })?;
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, output)| output).collect())
}

/// Makes the folder hold these files and nothing else.
fn write_site(site: &Path, files: Files) -> Result<()> {
    for (path, content) in &files {
        write_if_changed(&site.join(path), content)?;
    }
    write_if_changed(&site.with_extension("rs"), list(site, &files).as_bytes())?;
    let wanted: BTreeSet<PathBuf> = files.into_keys().collect();
    for stale in files_below(site)?.difference(&wanted) {
        fs::remove_file(site.join(stale)).with_context(|| format!("cannot remove {}", stale.display()))?;
    }
    Ok(())
}

/// The list by which the server is compiled with the site inside (`server/src/site.rs`); it lies beside the folder.
fn list(site: &Path, files: &Files) -> String {
    let folder = site.file_name().unwrap_or_default().to_string_lossy();
    let include = |path: &Path| format!("include_bytes!({:?})", format!("{folder}/{}", path.display()));
    let compressed = |path: &Path, extra: &str| {
        let path = with_suffix(path, extra);
        match files.contains_key(&path) {
            true => format!("Some({})", include(&path)),
            false => "None".to_owned(),
        }
    };
    let hashes = match files.contains_key(Path::new(HASHES)) {
        true => format!("include_str!({:?})", format!("{folder}/{HASHES}")),
        false => "\"\"".to_owned(),
    };
    let mut text = format!("EmbeddedSite {{\n    hashes: {hashes},\n    files: &[\n");
    for (path, content) in files {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path == Path::new(HASHES) || matches!(extension, Some("br" | "gz")) {
            continue;
        }
        let mut tag = fingerprint(&[content]);
        tag.truncate(16);
        text += &format!(
            "        SiteFile {{ path: {:?}, tag: {tag:?}, content: {}, brotli: {}, gzip: {} }},\n",
            format!("/{}", path.display()),
            include(path),
            compressed(path, "br"),
            compressed(path, "gz"),
        );
    }
    text + "    ],\n}\n"
}

/// Prints what a visitor downloads; returns the largest first load, script and program after brotli.
fn report(files: &Files) -> usize {
    let mut first_loads = BTreeMap::new();
    println!("{:<44} {:>9} {:>9} {:>9}", "file", "plain", "gzip", "brotli");
    for (path, content) in files {
        let size = |extra: &str| files.get(&with_suffix(path, extra)).map(Vec::len);
        let (Some(br), Some(gz)) = (size("br"), size("gz")) else {
            continue;
        };
        let Ok(name) = path.strip_prefix("pkg") else {
            continue;
        };
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
            let name = name.to_string_lossy();
            let program = name.split(['.', '/']).next().unwrap_or_default().to_owned();
            *first_loads.entry(program).or_insert(0) += br;
        }
    }
    // Scripts that crates brought along may be loaded by each.
    let snippets = first_loads.remove("snippets").unwrap_or(0);
    for (program, size) in &mut first_loads {
        *size += snippets;
        println!(
            "{:<44} {:>29}",
            format!("first load of {program}: script and program"),
            kb(*size)
        );
    }
    first_loads.into_values().max().unwrap_or(0)
}

fn kb(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn package() -> (Vec<Program>, Vec<u8>) {
        let program = |name| Program {
            name,
            browser: Browser {
                js: format!("script of {name}").into_bytes(),
                wasm: format!("program of {name}").into_bytes(),
                snippets: BTreeMap::from([(PathBuf::from("snippets/x/inline0.js"), b"export {}".to_vec())]),
            },
        };
        (PROGRAMS.map(program).into(), b"a{b:c}".to_vec())
    }

    #[test]
    fn the_list_of_programs_is_that_of_the_binaries() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let binaries = files_below(&root.join("frontend/programs/src/bin")).unwrap();
        let listed = PROGRAMS.map(|name| PathBuf::from(format!("{name}.rs")));
        assert_eq!(binaries, listed.into());
    }

    #[test]
    fn names_carry_the_hashes_that_the_server_reads() {
        let (programs, css) = package();
        let mut hashes = Hashes::default();
        let mut files = Files::new();
        add_package(&mut files, programs, css, &mut hashes);
        let text = hashes.file();
        let read: BTreeMap<_, _> = text.lines().map(|line| line.split_once(": ").unwrap()).collect();
        for (label, name) in [
            ("access.js", format!("pkg/access.{}.js", read["access.js"])),
            ("access.wasm", format!("pkg/access.{}.wasm", read["access.wasm"])),
            ("other.js", format!("pkg/other.{}.js", read["other.js"])),
            ("other.wasm", format!("pkg/other.{}.wasm", read["other.wasm"])),
            ("css", format!("pkg/gatehouse.{}.css", read["css"])),
        ] {
            assert!(files.contains_key(Path::new(&name)), "{label}: {name}");
        }
        assert!(files.contains_key(Path::new("pkg/snippets/x/inline0.js")));
        assert_eq!(read.len(), 2 * PROGRAMS.len() + 1);
    }

    #[test]
    fn a_site_holds_what_was_asked_and_nothing_older() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path();
        let (mut programs, css) = package();
        programs.truncate(1);
        let mut files = Files::from([(PathBuf::from("favicon.svg"), b"<svg/>".to_vec())]);
        add_package(&mut files, programs, css, &mut Hashes::none());
        fs::create_dir_all(site.join("pkg")).unwrap();
        fs::write(site.join("pkg/gatehouse.0123.js"), "old").unwrap();

        compress(site, &mut files).unwrap();
        write_site(site, files.clone()).unwrap();

        let there = files_below(site).unwrap();
        assert!(!there.contains(Path::new("pkg/gatehouse.0123.js")));
        for name in [
            "pkg/access.js",
            "pkg/access.wasm",
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

    #[test]
    fn the_list_for_the_binary_names_each_file_once_with_its_compressed_forms() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        let mut files = Files::from([(PathBuf::from("favicon.svg"), b"<svg/>".to_vec())]);
        compress(&site, &mut files).unwrap();
        files.insert(PathBuf::from(HASHES), b"css: 01".to_vec());
        files.insert(PathBuf::from("pkg/inside.bin"), b"x".to_vec());
        write_site(&site, files).unwrap();

        let list = fs::read_to_string(dir.path().join("site.rs")).unwrap();
        assert_eq!(list.matches("SiteFile {").count(), 2, "{list}");
        assert!(list.contains("hashes: include_str!(\"site/hash.txt\")"), "{list}");
        let icon = "content: include_bytes!(\"site/favicon.svg\"), brotli: Some(include_bytes!(\"site/favicon.svg.br\")), \
                    gzip: Some(include_bytes!(\"site/favicon.svg.gz\"))";
        assert!(list.contains(icon), "{list}");
        assert!(list.contains("brotli: None, gzip: None"), "{list}");
    }

    #[test]
    fn the_first_load_is_that_of_the_largest_program() {
        let (programs, css) = package();
        let mut files = Files::new();
        add_package(&mut files, programs, css, &mut Hashes::none());
        for (path, size) in [
            ("access.js", 10),
            ("access.wasm", 100),
            ("person.js", 10),
            ("person.wasm", 100),
            ("chat.js", 10),
            ("chat.wasm", 100),
            ("other.js", 20),
            ("other.wasm", 300),
        ] {
            for suffix in ["br", "gz"] {
                files.insert(PathBuf::from(format!("pkg/{path}.{suffix}")), vec![0; size]);
            }
        }
        assert_eq!(report(&files), 320);
    }
}
