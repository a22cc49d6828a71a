//! Answers against what is expected of them.

use serde_json::Value;

/// Whether an answer contains what is expected: objects key by key, lists of the same length in any order.
pub fn contains(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            expected.iter().all(|(key, expected)| match answer.get(key) {
                Some(answer) => contains(answer, expected),
                None => expected.as_array().is_some_and(Vec::is_empty),
            })
        }
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len() && pair_up(answer, expected, &mut vec![false; answer.len()])
        }
        (answer, expected) => answer == expected,
    }
}

/// Whether each of the expected elements has an answered one of its own.
fn pair_up(answer: &[Value], expected: &[Value], used: &mut Vec<bool>) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return true;
    };
    (0..answer.len()).any(|at| {
        if used[at] || !contains(&answer[at], first) {
            return false;
        }
        used[at] = true;
        let paired = pair_up(answer, rest, used);
        used[at] = false;
        paired
    })
}

/// Whether an attribute, or a sub-attribute after a dot, is in an answer.
pub fn has(answer: &Value, path: &str) -> bool {
    match path.split_once('.') {
        None => answer.get(path).is_some(),
        Some((first, rest)) => match answer.get(first) {
            Some(Value::Array(list)) => list.iter().any(|item| has(item, rest)),
            Some(inner) => has(inner, rest),
            None => false,
        },
    }
}
