//! The name that may have been meant.

/// Beyond, two names have little in common.
const FARTHEST: usize = 2;

/// The one of `names` at the smallest edit distance of `text`, if that is at most two and no other is as near.
pub(super) fn nearest(text: &str, names: &[Vec<char>]) -> Option<usize> {
    let text: Vec<char> = text.chars().collect();
    let mut best = FARTHEST;
    let mut found = None;
    for (at, name) in names.iter().enumerate() {
        let Some(distance) = distance_within(&text, name, best) else {
            continue;
        };
        found = match found {
            Some(_) if distance == best => Some(None),
            _ => Some(Some(at)),
        };
        best = distance;
    }
    found.flatten()
}

/// The Levenshtein distance, if it is at most `most`. Only the cells near the diagonal can hold such a one.
fn distance_within(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let beyond = most + 1;
    let mut above: Vec<usize> = (0..=b.len()).map(|n| n.min(beyond)).collect();
    let mut row = vec![beyond; b.len() + 1];
    for i in 1..=a.len() {
        let (first, last) = (i.saturating_sub(most), (i + most).min(b.len()));
        row.fill(beyond);
        if first == 0 {
            row[0] = i.min(beyond);
        }
        for j in first.max(1)..=last {
            let swapped = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = swapped.min(above[j] + 1).min(row[j - 1] + 1).min(beyond);
        }
        std::mem::swap(&mut above, &mut row);
    }
    Some(above[b.len()]).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook's, of the whole table.
    fn distance(a: &[char], b: &[char]) -> usize {
        let mut above: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut row = vec![i + 1];
            for (j, y) in b.iter().enumerate() {
                let swapped = above[j] + usize::from(x != y);
                row.push(swapped.min(above[j + 1] + 1).min(row[j] + 1));
            }
            above = row;
        }
        above[b.len()]
    }

    proptest! {
        #[test]
        fn is_the_distance_as_far_as_it_looks(a in "[ab]{0,7}", b in "[ab]{0,7}", most in 0_usize..4) {
            let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
            let whole = distance(&a, &b);
            prop_assert_eq!(distance_within(&a, &b, most), (whole <= most).then_some(whole));
        }
    }

    #[test]
    fn the_nearest_is_one_or_none() {
        let names: Vec<Vec<char>> = ["mistral eu", "mistral us", "openai", "sales"]
            .map(|name| name.chars().collect())
            .to_vec();
        assert_eq!(nearest("mistral es", &names), None, "as near to both");
        assert_eq!(nearest("mistral eus", &names), None, "as near to both");
        assert_eq!(nearest("mistral e", &names), Some(0), "nearer to one");
        assert_eq!(nearest("openia", &names), Some(2));
        assert_eq!(nearest("open", &names), Some(2));
        assert_eq!(nearest("ope", &names), None, "too far");
    }
}
