//! The stylesheet.

use std::path::Path;

use anyhow::{Result, bail};
use grass::OutputStyle;

use crate::site::Profile;

/// Compiles `style/main.scss` and all it uses.
pub fn compile(root: &Path, profile: Profile) -> Result<String> {
    let main = root.join("style/main.scss");
    if !main.is_file() {
        bail!("the stylesheet is missing: {} is not there", main.display());
    }
    let output = match profile {
        Profile::Release => OutputStyle::Compressed,
        Profile::Quick | Profile::Dev => OutputStyle::Expanded,
    };
    match grass::from_path(&main, &grass::Options::default().style(output)) {
        Ok(css) => Ok(css),
        Err(error) => bail!("the stylesheet does not compile: {error}"),
    }
}
