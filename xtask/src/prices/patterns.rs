//! What genai-prices matches names with, as patterns in which `*` stands for any characters.

use anyhow::{Context, Result, bail, ensure};

use crate::python::{Call, Value};

/// How genai-prices says that a name is not one of a model that speaks.
const NOT_SPEECH: &str = "^(?!.*-[tT][tT][sS](?:$|-))";

/// The patterns of a model's names, and those of names within them whose price is not known.
pub fn of(clause: &Value) -> Result<(Vec<String>, Vec<String>)> {
    let Value::Call(clause) = clause else {
        bail!("{clause:?} is nothing to match with");
    };
    let plain = |name: &str| clause.text(name).map(escaped).and_then(|text| text);
    let one = |pattern: String| Ok((vec![pattern], Vec::new()));
    match clause.name.as_str() {
        "ClauseEquals" => one(plain("equals")?),
        "ClauseStartsWith" => one(format!("{}*", plain("starts_with")?)),
        "ClauseEndsWith" => one(format!("*{}", plain("ends_with")?)),
        "ClauseContains" => one(format!("*{}*", plain("contains")?)),
        "ClauseRegex" => Ok((of_regex(clause.text("regex")?)?, Vec::new())),
        "ClauseOr" => {
            let (mut names, mut unpriced) = (Vec::new(), Vec::new());
            for each in clause.list("or_")? {
                let (more, but) = of(each)?;
                names.extend(more);
                unpriced.extend(but);
            }
            Ok((names, unpriced))
        }
        "ClauseAnd" => but_speech(clause),
        other => bail!("{other} is not known"),
    }
}

fn escaped(text: &str) -> Result<String> {
    ensure!(!text.contains('*'), "{text} has a star");
    Ok(text.to_owned())
}

/// Names with a beginning, but not those of models that speak.
fn but_speech(clause: &Call) -> Result<(Vec<String>, Vec<String>)> {
    let [Value::Call(start), Value::Call(but)] = clause.list("and_")? else {
        bail!("{clause:?} is not known");
    };
    ensure!(
        but.name == "ClauseRegex" && but.text("regex")? == NOT_SPEECH,
        "{but:?} is not known"
    );
    let start = escaped(start.text("starts_with")?)?;
    Ok((
        vec![format!("{start}*")],
        vec![format!("{start}*-tts"), format!("{start}*-tts-*")],
    ))
}

/// Names that end with a date or begin with a version. Dates are of this century, so that a later model with a number in
/// that place has no price.
fn of_regex(regex: &str) -> Result<Vec<String>> {
    let rest = regex.strip_prefix('^').context("a regex without its start")?;
    let (stem, ends): (&str, Vec<String>) = if let Some(stem) = rest.strip_suffix(r"\d{8}$") {
        (stem, vec!["20*".to_owned()])
    } else if let Some(stem) = rest.strip_suffix(r"\d{4}-\d{2}-\d{2}$") {
        (stem, vec!["20*-*-*".to_owned()])
    } else if let Some(stem) = rest.strip_suffix(r"\d") {
        (stem, (0..10).map(|digit| format!("{digit}*")).collect())
    } else {
        bail!("{regex} is not known");
    };
    let stems = match stem.strip_suffix("[-@]") {
        Some(stem) => vec![format!("{stem}-"), format!("{stem}@")],
        None => vec![stem.to_owned()],
    };
    let mut names = Vec::new();
    for stem in stems {
        let plain = stem.replace(r"\.", ".");
        ensure!(
            !plain.contains(['\\', '[', '(', '*', '+', '?', '|', '{']),
            "{regex} is not known"
        );
        names.extend(ends.iter().map(|end| format!("{plain}{end}")));
    }
    Ok(names)
}
