//! Slugs: the part of a URL or a model name that stands for an organization or a provider.

use crate::limits::SLUG_CHARS;
use crate::search::fold;

/// Makes a slug from a name: folded, with one hyphen for whatever is no ASCII letter or digit. `fallback`, itself
/// a slug, where nothing is left.
pub fn slugify(name: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for c in fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == SLUG_CHARS {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    if slug.is_empty() {
        slug.push_str(fallback);
    }
    slug
}

/// Checks a slug that somebody typed; what is wrong and what would be right, as a sentence.
pub fn check(slug: &str) -> Result<(), String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if slug.is_empty() {
        return Err("Enter a slug, for example openai-eu.".to_owned());
    }
    if !slug.bytes().all(allowed) {
        return Err(
            "A slug has only the letters a to z, digits and hyphens, for example openai-eu.".to_owned(),
        );
    }
    if slug.starts_with('-') || slug.ends_with('-') {
        return Err("A slug starts and ends with a letter or digit, for example openai-eu.".to_owned());
    }
    if slug.len() > SLUG_CHARS {
        return Err(format!(
            "A slug has at most {SLUG_CHARS} characters; this one has {}.",
            slug.len()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn makes_readable_slugs() {
        assert_eq!(
            slugify("  Azure OpenAI (West Europe) ", "provider"),
            "azure-openai-west-europe"
        );
        assert_eq!(slugify("Müller & Söhne", "organization"), "muller-sohne");
        assert_eq!(slugify("開発部", "provider"), "provider");
        assert_eq!(slugify("", "provider"), "provider");
    }

    #[test]
    fn says_what_a_slug_is() {
        for right in ["a", "openai", "openai-eu-2", "0--0"] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        let long = "a".repeat(SLUG_CHARS + 1);
        for wrong in ["", "OpenAI", "a b", "-a", "a-", "ä", "a/b", "a_b", &long] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert_eq!(check(&long[1..]), Ok(()));
    }

    proptest! {
        #[test]
        fn what_it_makes_is_a_slug(name in any::<String>(), long in "[a-z &]{0,200}") {
            prop_assert_eq!(check(&slugify(&name, "provider")), Ok(()));
            let slug = slugify(&long, "provider");
            prop_assert_eq!(check(&slug), Ok(()));
            prop_assert_eq!(slugify(&slug, "provider"), slug);
        }
    }
}
