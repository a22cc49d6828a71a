use super::*;
use crate::cases::addresses::Pasted;
use crate::cases::each;
use crate::invite::parse;

fn people(text: &str) -> Vec<(String, String)> {
    let told = |person: Person| match person.entry {
        Entry::Valid { text, .. } => (text, person.name),
        Entry::Invalid { text, .. } => (format!("invalid {text}"), person.name),
        Entry::Duplicate { text, .. } => (format!("again {text}"), person.name),
    };
    read(text).people.into_iter().map(told).collect()
}

fn found(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(address, name): &(&str, &str)| ((*address).to_owned(), (*name).to_owned());
    list.iter().map(owned).collect()
}

fn lines(text: &str) -> (u32, Vec<String>) {
    let lines = read(text).lines.expect("lines are counted");
    (lines.read, lines.without_address)
}

const TWO: &[(&str, &str)] = &[
    ("adaeze@example.org", "Adaeze Lindgren"),
    ("chidi@example.org", "Chidi Okafor"),
];

#[test]
fn a_list_is_read_as_the_case_file_says_cases() {
    for (id, Pasted { input, .. }) in each::<Pasted>() {
        let entries: Vec<Entry> = read(&input)
            .people
            .into_iter()
            .map(|person| person.entry)
            .collect();
        assert_eq!(entries, parse(&input), "{id}");
    }
}

#[test]
fn rows_of_a_spreadsheet_become_one_person_each() {
    for text in [
        "Adaeze Lindgren\tadaeze@example.org\tAdmin\nChidi Okafor\tchidi@example.org\tMember\n",
        "Name\tEmail\tRole\r\nAdaeze Lindgren\tadaeze@example.org\tAdmin\r\nChidi Okafor\tchidi@example.org\t\r\n",
        "First name\tLast name\tE-Mail\nAdaeze\tLindgren\tadaeze@example.org\nChidi\tOkafor\tchidi@example.org",
        "Last\tFirst\tTeam\tMail\nLindgren\tAdaeze\tR&D\tadaeze@example.org\nOkafor\tChidi\t\tchidi@example.org",
        "adaeze@example.org\tAdaeze Lindgren\t2024-01-01\nchidi@example.org\tChidi Okafor\t2024-01-01",
        "1\tAdaeze\tLindgren\tadaeze@example.org\n2\tChidi\tOkafor\tchidi@example.org",
        "\"Lindgren, Adaeze\"\tadaeze@example.org\nOkafor, Chidi\tchidi@example.org",
        "\"Adaeze\nLindgren\"\tadaeze@example.org\nChidi Okafor\tmailto:chidi@example.org",
    ] {
        assert_eq!(people(text), found(TWO), "{text:?}");
        assert_eq!(lines(text), (2, Vec::new()), "{text:?}");
    }
    let one = "Adaeze Lindgren\tadaeze@example.org\tAdmin";
    assert_eq!((people(one), lines(one)), (found(&TWO[..1]), (1, Vec::new())));
}

#[test]
fn csv_is_read_with_its_quotes() {
    for text in [
        "\"Lindgren, Adaeze\",adaeze@example.org,Admin\n\"Okafor, Chidi\",chidi@example.org,Member",
        "name,email,role\nAdaeze Lindgren,adaeze@example.org,admin\nChidi Okafor,chidi@example.org,member\n",
        "\u{feff}\"Name\";\"E-mail\"\n\"Lindgren, Adaeze\";\"adaeze@example.org\"\n\"Okafor, Chidi\";\"chidi@example.org\"",
        "adaeze@example.org,Adaeze Lindgren\nchidi@example.org,Chidi Okafor",
        "Adaeze Lindgren | adaeze@example.org\nChidi Okafor | chidi@example.org",
    ] {
        assert_eq!(people(text), found(TWO), "{text:?}");
        assert_eq!(lines(text).0, 2, "{text:?}");
    }
    let one = "\"Lindgren, Adaeze\",adaeze@example.org,Admin";
    assert_eq!(people(one), found(&TWO[..1]));
    let quotes = "\"Maria \"\"Mia\"\" Rossi\",mia@example.org,Member";
    assert_eq!(people(quotes)[0].0, "mia@example.org");
}

#[test]
fn a_hundred_and_thirty_rows_are_a_hundred_and_thirty_people() {
    let mut text = String::from("Name,Email,Team,Role\n");
    for n in 0..130 {
        text.push_str(&format!(
            "\"Lindgren, Adaeze {n}\",adaeze{n}@example.org,Data Science,Member\n"
        ));
    }
    let reading = read(&text);
    assert_eq!(reading.people.len(), 130);
    assert!(
        reading
            .people
            .iter()
            .all(|p| matches!(p.entry, Entry::Valid { .. }) && !p.name.is_empty())
    );
    assert_eq!(lines(&text), (130, Vec::new()));
}

#[test]
fn a_line_that_nobody_is_in_is_told_once() {
    let text = "Adaeze Lindgren\tadaeze@example.org\tAdmin\nto be hired\tsoon\tMember\n\nChidi Okafor\tchidi@\tMember\n";
    assert_eq!(people(text), found(&[TWO[0], ("invalid chidi@", "Chidi Okafor")]));
    assert_eq!(lines(text), (3, vec!["to be hired\tsoon\tMember".to_owned()]));
    assert_eq!(
        read(text).lines.expect("lines").sentence(),
        "3 lines read, 1 without an address"
    );
}

#[test]
fn the_head_of_a_mail_gives_names() {
    for text in [
        "Adaeze Lindgren <adaeze@example.org>; Chidi Okafor <chidi@example.org>",
        "To: \"Lindgren, Adaeze\" <adaeze@example.org>, Chidi Okafor <chidi@example.org>",
        "Lindgren, Adaeze <adaeze@example.org>; Okafor, Chidi <chidi@example.org>;",
        "Lindgren, Adaeze <adaeze@example.org>\nOkafor, Chidi <chidi@example.org>\n",
        "To: 'Adaeze Lindgren' <adaeze@example.org>\nCc: Chidi  Okafor <mailto:chidi@example.org>",
    ] {
        assert_eq!(people(text), found(TWO), "{text:?}");
    }
    assert_eq!(
        people("An: adaeze@example.org, \"Chidi Okafor\" <chidi@example.org>"),
        found(&[("adaeze@example.org", ""), TWO[1]])
    );
}

#[test]
fn words_before_an_address_on_each_line_are_its_name() {
    let text = "Adaeze Lindgren adaeze@example.org\nChidi Okafor   chidi@example.org Member";
    assert_eq!(people(text), found(TWO));
    assert_eq!(people("Email\nadaeze@example.org\nchidi@example.org").len(), 2);
}

#[test]
fn running_text_gives_its_addresses_and_no_words() {
    let text = "Hi all, could somebody please invite Adaeze (adaeze@example.org)\nand also chidi@example.org?\n@channel thanks, and see you.";
    assert_eq!(
        people(text),
        found(&[("adaeze@example.org", ""), ("chidi@example.org", "")])
    );
    assert_eq!(lines(text), (3, vec!["@channel thanks, and see you.".to_owned()]));
    assert_eq!(
        people("nobody here has an address at all").len(),
        7,
        "words alone stay to be fixed"
    );
}

#[test]
fn the_same_person_in_two_rows_is_told() {
    let text = "Adaeze\tadaeze@example.org\nAda\tADAEZE@example.org";
    assert_eq!(people(text)[1].0, "again ADAEZE@example.org");
}

#[test]
fn what_is_no_name_is_none() {
    for text in [
        "",
        "12",
        "a@b",
        "x".repeat(crate::limits::NAME_CHARS + 1).as_str(),
        "bell\u{7}",
    ] {
        assert_eq!(name(text), "", "{text:?}");
    }
    assert_eq!(name("\"O’Neil,  Siobhán\""), "Siobhán O’Neil");
    assert_eq!(name("Lima, Ana, PhD"), "Lima, Ana, PhD");
}

/// The longest text the field takes, in shapes that would be slow if each step looked over all of it.
#[test]
fn reading_rows_takes_linear_time() {
    let most = crate::limits::INVITE_TEXT_BYTES;
    for unit in [
        "\"",
        "\"\t",
        "\",",
        "a@b.c\t",
        "\"a\"\",",
        "a,",
        "<a@b.c>,",
        "a,<b@c.d>\n",
        "to:@\n",
        "a b c d e f@g.h ",
    ] {
        let text = unit.repeat(most / unit.len());
        let begun = std::time::Instant::now();
        read(&text);
        assert!(
            begun.elapsed().as_secs() < 5,
            "{unit:?} took {:?}",
            begun.elapsed()
        );
    }
}
