//! Passwords that are easy to guess: common ones, and what anybody knows of the person.
//!
//! A password is taken apart into what a guesser tries first (words of common passwords, names of the person and the
//! organization, rows of the keyboard, sequences, repeats, digits), and what is left counts. `common_passwords.txt` holds
//! some seven thousand stems of the passwords that leaks have most often, without the digits around them.

use domain::{Problem, search::fold};
use std::collections::HashSet;
use std::sync::LazyLock;

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
/// The longest word that is looked for, in characters.
const LONGEST: usize = 40;
/// What a letter, a known word, and any other character cost whoever guesses.
const LETTER: u32 = 4;
const WORD: u32 = 3;
const OTHER: u32 = 1;
/// A password that costs no more is guessed early: two known words and three characters.
const TOO_LITTLE: u32 = 9;
/// Rows and columns of keyboards, along which fingers walk.
const ROWS: &[&str] = &[
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "zaq1",
    "xsw2",
    "cde3",
    "vfr4",
    "bgt5",
    "nhy6",
    "mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "147258369",
    "159753",
    "789456123",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Refuses a password that is easy to guess. `known` is what anybody knows: e-mail, names, the organization.
pub(crate) fn check_strength(field: &str, password: &str, known: &[&str]) -> Result<(), Problem> {
    if cost(password, known) > TOO_LITTLE {
        return Ok(());
    }
    Err(Problem::invalid(
        field,
        "This password is easy to guess: it is a common one, or made of your name, email or organization. Choose another, such as four unrelated words.",
    ))
}

fn cost(password: &str, known: &[&str]) -> u32 {
    let folded = fold(password);
    // Nobody makes up many digits: they are a date, a number of the person, or a walk over the keyboard.
    if folded.chars().all(|c| !c.is_alphabetic()) {
        return 0;
    }
    let known = words_of(known);
    let plain: Vec<char> = folded.chars().collect();
    let unmasked: Vec<char> = plain.iter().map(|c| unmask(*c)).collect();
    taken_apart(&plain, &unmasked, &known)
}

/// A letter behind the digit or sign that is written for it.
fn unmask(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// What is known as a guesser would use it: as a whole, without spaces, and word by word.
fn words_of(known: &[&str]) -> HashSet<String> {
    let mut words = HashSet::from(["gatehouse".to_owned()]);
    for text in known {
        let text = fold(text);
        words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.insert(text.chars().filter(|c| c.is_alphanumeric()).collect());
        words.extend(text.split('@').map(str::to_owned));
        words.insert(text);
    }
    words.retain(|word| word.chars().count() >= 3);
    words
}

/// The least that it costs to put a text together; `unmasked` is the same with letters for the digits and signs that may
/// stand for them.
fn taken_apart(text: &[char], unmasked: &[char], known: &HashSet<String>) -> u32 {
    // The least cost of the first so many characters.
    let mut least = vec![u32::MAX; text.len() + 1];
    least[0] = 0;
    for at in 0..text.len() {
        let here = least[at];
        let mut reach = |length: usize, cost: u32| {
            let to = &mut least[at + length];
            *to = (*to).min(here.saturating_add(cost));
        };
        reach(1, if text[at].is_alphabetic() { LETTER } else { OTHER });
        let run = run(&text[at..]);
        if run >= 3 {
            reach(run, OTHER);
        }
        for spelling in [text, unmasked] {
            let mut word = String::new();
            for (index, c) in spelling[at..].iter().take(LONGEST).enumerate() {
                word.push(*c);
                if index >= 2 && (COMMON.contains(word.as_str()) || known.contains(&word) || is_walk(&word)) {
                    reach(index + 1, WORD);
                }
            }
        }
        // The same again costs nothing more.
        for length in 1..=at.min(text.len() - at) {
            if text[at - length..at] == text[at..at + length] {
                reach(length, OTHER);
            }
        }
    }
    least[text.len()]
}

/// How far a text goes on as it begins: the same character, or one after the other, up or down.
fn run(text: &[char]) -> usize {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let Some(first) = text.get(..2).map(step).filter(|step| (-1..=1).contains(step)) else {
        return 1;
    };
    1 + text.windows(2).take_while(|pair| step(pair) == first).count()
}

/// A walk of at least four keys over a keyboard, in either direction.
fn is_walk(word: &str) -> bool {
    word.len() >= 4
        && ROWS
            .iter()
            .any(|row| row.contains(word) || row.chars().rev().collect::<String>().contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &[&str] = &[
        "anastasia.mueller@sunflower.example",
        "Anastasia Müller",
        "Sonnenblume & Söhne",
    ];

    #[test]
    fn what_is_guessed_early_is_no_password() {
        for weak in [
            "password1234",
            "Password123!",
            "P@ssw0rd1234",
            "passwordpassword",
            "qwertyuiop123",
            "qwertzuiop12",
            "1q2w3e4r5t6y",
            "q1w2e3r4t5y6",
            "1qaz2wsx3edc",
            "zaq12wsxcde3",
            "iloveyou2024!",
            "letmein12345",
            "welcome12345",
            "Welcome2026!!",
            "administrator",
            "administrator1",
            "changeme1234",
            "111111111111",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "123456789012",
            "121212121212",
            "football2023",
            "dragonmonkey",
            "sunshine!!!!",
            "gatehouse2026",
            "Gatehouse1234!",
            "anastasia.mueller",
            "anastasia2026!",
            "anastasia.mueller@sunflower.example",
            "muller1234567",
            "Sonnenblume1!",
            "sonnenblumesohne",
            "manchester12",
            "adminadmin12",
            "asdfghjkl123",
            "christopher1",
        ] {
            let why = cost(weak, ANA);
            assert!(why <= TOO_LITTLE, "{weak} costs {why}");
        }
    }

    #[test]
    fn what_is_hard_to_guess_is_one() {
        for strong in [
            "correct horse battery",
            "a long password",
            "another long one",
            "a long enough password",
            "xk7Qp2mWz9Lt",
            "kettle violin harbour",
            "ääääbcdfghöü",
            "V9$kq!7zR2@m",
            "Mein Hund heißt nicht so",
            "田中さんは犬が好きです。はい",
            "tr0ub4dor&3 was taken",
        ] {
            let why = cost(strong, ANA);
            assert!(why > TOO_LITTLE, "{strong} costs {why}");
        }
        assert!(
            check_strength("password", "sonnenblumesohne", &[]).is_ok(),
            "for others these are words like any"
        );
    }
}
