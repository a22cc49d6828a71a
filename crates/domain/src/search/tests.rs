use super::*;
use crate::cases::file;
use crate::cases::search::{Case, Member};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn fields(member: &Member) -> Fields<'_> {
    Fields {
        name: &member.name,
        email: &member.email,
        role: &member.role,
        teams: texts(&member.teams),
        keys: texts(&member.keys),
        providers: texts(&member.providers),
        status: &member.status,
    }
}

#[test]
fn cases_of_search() {
    let (list, cases) = file::<Case>();
    for (id, case) in cases {
        let search = Search::parse(&case.query);
        let found: BTreeSet<_> = list
            .members
            .iter()
            .filter(|member| search.matches(&fields(member)))
            .map(|member| member.id.clone())
            .collect();
        assert_eq!(found, case.expect.into_iter().collect(), "{id}");
    }
}

/// What is found must be shown: each matching term is marked somewhere in the row.
#[test]
fn cases_of_search_are_marked() {
    let (list, cases) = file::<Case>();
    for (id, case) in cases {
        let search = Search::parse(&case.query);
        for member in &list.members {
            let fields = fields(member);
            if !search.matches(&fields) {
                continue;
            }
            for term in &search.terms {
                let alone = Search {
                    terms: vec![term.clone()],
                    ..Search::default()
                };
                let mut shown = vec![
                    (None, fields.name),
                    (None, fields.email),
                    (Some(Field::Role), fields.role),
                    (Some(Field::Status), fields.status),
                ];
                shown.extend(fields.teams.iter().map(|t| (Some(Field::Team), *t)));
                shown.extend(fields.keys.iter().map(|t| (Some(Field::Key), *t)));
                shown.extend(fields.providers.iter().map(|t| (Some(Field::Provider), *t)));
                assert!(
                    shown.iter().any(|(field, t)| !alone.marks(*field, t).is_empty()),
                    "{id}: {term:?} in {}",
                    member.id
                );
            }
        }
    }
}

fn marked<'a>(query: &str, field: Option<Field>, text: &'a str) -> Vec<&'a str> {
    let marks = Search::parse(query).marks(field, text);
    marks.into_iter().map(|mark| &text[mark]).collect()
}

#[test]
fn marks_the_text_as_it_is_written() {
    assert_eq!(marked("muller", None, "Ana Müller"), ["Müller"]);
    assert_eq!(marked("jose", None, "Jose\u{301} Pérez"), ["Jose\u{301}"]);
    assert_eq!(marked("os", None, "Großmann"), ["oß"]);
    assert_eq!(marked("ana an", None, "ana Diana"), ["ana", "ana"]);
    assert_eq!(marked("an di", None, "Diana"), ["Dian"]);
    assert_eq!(marked("zzz", None, "Diana"), [""; 0]);
}

#[test]
fn marks_a_restricted_term_only_in_its_field() {
    assert_eq!(marked("role:admin", None, "Admin Adams"), [""; 0]);
    assert_eq!(marked("role:admin", Some(Field::Role), "Admin"), ["Admin"]);
    assert_eq!(marked("admin", Some(Field::Role), "Admin"), ["Admin"]);
    assert_eq!(marked("team:none provider:", Some(Field::Team), "none"), [""; 0]);
}

fn one(query: &str) -> (Option<Field>, String) {
    let search = Search::parse(query);
    assert_eq!(search.terms.len(), 1, "{search:?}");
    let term = search.terms.into_iter().next().expect("a term");
    (term.field, term.text)
}

#[test]
fn a_half_typed_qualifier_keeps_the_table_useful() {
    assert_eq!(one("team:"), (Some(Field::Team), String::new()));
    assert_eq!(one("team:\"data sc"), (Some(Field::Team), "data sc".into()));
    assert_eq!(one("team:\""), (Some(Field::Team), String::new()));
}

#[test]
fn quotes_make_none_a_name() {
    assert_eq!(one("team:\"none\""), (Some(Field::Team), "none".into()));
    let search = Search::parse("TEAM:None Provider:NONE");
    assert!(search.no_team && search.no_provider && search.terms.is_empty());
    assert_eq!(one("key:none"), (Some(Field::Key), "none".into()));
}

#[test]
fn typographic_quotes_are_quotes() {
    for query in [
        "team:“data science”",
        "team:„data science“",
        "team:＂data science＂",
        "team:”data science\"",
    ] {
        assert_eq!(one(query), (Some(Field::Team), "data science".into()), "{query}");
    }
    assert_eq!(one("team:\"5” pipes\""), (Some(Field::Team), "5\" pipes".into()));
}

#[test]
fn a_name_copied_with_its_comma_is_found() {
    let found = |query: &str| {
        let fields = Fields {
            name: "Adaeze Lindgren",
            ..Fields::default()
        };
        Search::parse(query).matches(&fields)
    };
    for query in [
        "Lindgren, Adaeze",
        "lindgren; adaeze;",
        "Lindgren，\u{3000}Adaeze",
        "Lindgren,\u{a0}Adaeze,,",
        "Lindgren、 Adaeze",
        "Lindgren,\u{200b} Adaeze",
        "\u{feff}Lindgren,\tAdaeze",
        "Lind\u{ad}gren, Adaeze",
    ] {
        assert!(found(query), "{query:?}");
    }
    for query in [",", "Lindgren , Adaeze", "Lindgren,Adaeze", ",Lindgren"] {
        assert!(!found(query), "a comma elsewhere is text: {query:?}");
    }
    assert_eq!(one(",;"), (None, ",;".into()));
    assert_eq!(one("team:qa,"), (Some(Field::Team), "qa".into()));
    assert_eq!(
        one("team:\"acme, inc.\","),
        (Some(Field::Team), "acme, inc.".into())
    );
    assert_eq!(one("team:\"acme,\""), (Some(Field::Team), "acme,".into()));
    assert!(Search::parse("team:none, provider:none;").no_team);
    assert!(Search::parse("team:none, provider:none;").no_provider);
    assert_eq!(words("Mistral, EU; ,"), ["mistral", "eu", ","]);
}

#[test]
fn marks_the_character_that_stands_there_and_not_the_one_that_was_typed() {
    assert_eq!(marked("o'neil", None, "Siobhán O’Neil"), ["O’Neil"]);
    assert_eq!(marked("O’Neil,", None, "Siobhán O'Neil"), ["O'Neil"]);
    assert_eq!(
        marked("data-export", None, "data\u{2011}export"),
        ["data\u{2011}export"]
    );
    assert_eq!(
        marked("data-export", None, "da\u{ad}ta–export 2"),
        ["da\u{ad}ta–export"]
    );
}

#[test]
fn holds_to_the_limits() {
    let many: String = (0..100).map(|n| format!("term{n} ")).collect();
    assert_eq!(Search::parse(&many).terms.len(), SEARCH_TERMS);
    let long = "é".repeat(SEARCH_BYTES);
    assert_eq!(one(&long).1.len(), SEARCH_BYTES / 2);
    assert!(Search::parse("\u{301} \u{301}").is_empty());
    assert_eq!(Search::parse("a A á").terms.len(), 1);
}

#[test]
fn stored_text_keeps_its_fields_apart() {
    let stored = search_text("Ana\nMüller", "ana@example.com", &["ci\u{2028}main", "Bot"]);
    assert_eq!(stored, "ana muller\nana@example.com\nci main\nbot");
    assert_eq!(search_text("", "", &[]), "\n");
}

proptest! {
    #[test]
    fn any_text_is_a_search(query in any::<String>()) {
        let search = Search::parse(&query);
        prop_assert!(search.terms.iter().all(|t| t.field.is_some() || !t.text.is_empty()));
        prop_assert!(search.terms.iter().all(|t| !t.text.contains('\n')));
    }

    #[test]
    fn marks_are_whole_characters_that_hold_the_term(
        before in "\\PC{0,6}", hit in "[a-zß-ÿĀ-žﬁ가각\u{301}]{1,5}", after in "\\PC{0,6}",
    ) {
        let visible = format!("{before}{hit}{after}");
        let search = Search::parse(&hit);
        let marks = search.marks(None, &visible);
        let mut end = None;
        for mark in &marks {
            prop_assert!(mark.start < mark.end && end.is_none_or(|end| end < mark.start));
            // Slicing panics off a character boundary.
            let folded = fold(&visible[mark.clone()]);
            prop_assert!(search.terms.iter().any(|t| folded.contains(&t.text)));
            end = Some(mark.end);
        }
        let fields = Fields { name: &visible, ..Fields::default() };
        prop_assert_eq!(search.terms.is_empty(), marks.is_empty());
        prop_assert!(search.matches(&fields));
    }
}
