//! A budget as somebody types it.

use super::{Mode, ScopeKind, Unit};
use crate::Problem;
use crate::budgets::BudgetInput;
use crate::number::DOLLAR;
use crate::period::{PeriodKind, Periods};
use std::collections::BTreeSet;

/// Digits of a dollar that money is counted in.
const NANO_DIGITS: usize = 9;

/// Levels of which somebody is told; more would be noise.
const MOST_LEVELS: usize = 5;

/// Whose requests a budget is to count, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All of the organization.
    Organization,
    /// Those of the member with this email address.
    Member(String),
    /// Those of the team of this name.
    Team(String),
    /// Those to the provider with this slug.
    Provider(String),
    /// Those of a member to a provider: email address and slug.
    MemberAtProvider(String, String),
    /// Those with the key that begins `gk_` and this.
    Key(String),
}

/// A limit in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub unit: Unit,
    /// How much.
    pub amount: i64,
    /// What happens at the end.
    pub mode: Mode,
}

/// A budget to make, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBudget {
    /// Whose requests.
    pub subject: Subject,
    /// How much.
    pub limit: Limit,
    /// In which period.
    pub periods: Periods,
    /// Of how many percent somebody is told, ascending.
    pub warn: Vec<u32>,
}

/// Reads a limit: dollars with up to nine digits after the point, or a whole number. Separators between thousands are left out.
pub fn read_limit(unit: Unit, text: &str) -> Result<i64, Problem> {
    let typed: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
    let typed = match unit {
        Unit::Usd => typed.strip_prefix('$').unwrap_or(&typed),
        Unit::Tokens | Unit::Requests => &typed,
    };
    let (whole, part) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (scale, places) = match unit {
        Unit::Usd => (DOLLAR, NANO_DIGITS),
        Unit::Tokens | Unit::Requests => (1, 0),
    };
    let well_formed = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= places;
    let amount = well_formed.then(|| {
        let whole: i64 = whole.parse().ok()?;
        let part: i64 = match places {
            0 => 0,
            places => format!("{part:0<places$}").parse().ok()?,
        };
        whole.checked_mul(scale)?.checked_add(part)
    });
    amount.flatten().ok_or_else(|| {
        let example = match unit {
            Unit::Usd => "Enter an amount in US dollars, such as 250 or 12.50.",
            Unit::Tokens | Unit::Requests => "Enter a whole number, such as 1000.",
        };
        Problem::invalid("limit", example)
    })
}

impl BudgetInput {
    /// What is asked for, or what is wrong with it.
    pub fn check(&self) -> Result<NewBudget, Problem> {
        let unit: Unit = self
            .unit
            .parse()
            .map_err(|_| Problem::invalid("unit", "Choose what the budget counts."))?;
        let kind: PeriodKind = self
            .period
            .parse()
            .map_err(|_| Problem::invalid("period", "Choose when the budget renews."))?;
        let scope: ScopeKind = self
            .scope
            .parse()
            .map_err(|_| Problem::invalid("scope", "Choose what the budget applies to."))?;
        let typed = |field: &'static str, text: &str, what: &str| match text.trim() {
            "" => Err(Problem::invalid(field, format!("Enter {what}."))),
            text => Ok(text.to_owned()),
        };
        let named = |what: &str| typed("name", &self.name, what);
        let subject = match scope {
            ScopeKind::Organization => Subject::Organization,
            ScopeKind::Member => Subject::Member(named("the member's email")?),
            ScopeKind::Team => Subject::Team(named("the team's name")?),
            ScopeKind::Provider => Subject::Provider(named("the provider's slug")?),
            ScopeKind::MemberAtProvider => Subject::MemberAtProvider(
                named("the member's email")?,
                typed("provider", &self.provider, "the provider's slug")?,
            ),
            ScopeKind::Key => {
                let key = named("the beginning of the key, gk_…")?;
                let id = key.strip_prefix("gk_").unwrap_or(&key);
                // Whoever pastes a whole key gives its secret away to nobody: only what names it is looked at.
                Subject::Key(id.split('_').next().unwrap_or_default().to_owned())
            }
        };
        Ok(NewBudget {
            subject,
            limit: Limit {
                unit,
                amount: read_limit(unit, &self.limit)?,
                mode: read_mode(&self.mode)?,
            },
            periods: Periods {
                kind,
                anchor: read_anchor(kind, &self.anchor)?,
            },
            warn: read_warn(&self.warn)?,
        })
    }
}

/// Reads the day on which a month begins: the first where none is typed. Other kinds of period have none.
fn read_anchor(kind: PeriodKind, text: &str) -> Result<u8, Problem> {
    let day = match text.trim() {
        "" => Some(1),
        _ if kind != PeriodKind::Month => None,
        text => text.parse().ok().filter(|day| (1..=31).contains(day)),
    };
    day.ok_or_else(|| {
        let why = match kind {
            PeriodKind::Month => "Enter a day from 1 to 31. In shorter months it is the last day.",
            _ => "Only months begin on a day of choice. Leave this empty.",
        };
        Problem::invalid("anchor", why)
    })
}

/// Reads the percentages of which somebody is told: none, or a few from 1 to 100.
pub fn read_warn(text: &str) -> Result<Vec<u32>, Problem> {
    let words = text.split([',', ';', ' ', '%']).filter(|word| !word.is_empty());
    let levels: Option<BTreeSet<u32>> = words
        .map(|word| word.parse().ok().filter(|level| (1..=100).contains(level)))
        .collect();
    let levels = levels.filter(|levels| levels.len() <= MOST_LEVELS);
    let levels = levels.ok_or_else(|| {
        let why = format!("Enter up to {MOST_LEVELS} whole numbers from 1 to 100, such as 50, 80, 100.");
        Problem::invalid("warn", why)
    })?;
    Ok(levels.into_iter().collect())
}

/// Percentages as they are typed and stored.
pub fn write_warn(levels: &[u32], between: &str) -> String {
    let levels: Vec<String> = levels.iter().map(u32::to_string).collect();
    levels.join(between)
}

/// Reads what happens at the end.
pub fn read_mode(text: &str) -> Result<Mode, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid("mode", "Choose what happens at the end."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_exactly_or_refused() {
        for (unit, text, amount) in [
            (Unit::Usd, "250", Some(250 * DOLLAR)),
            (Unit::Usd, "$1,250.50", Some(1_250_500_000_000)),
            (Unit::Usd, "0.000000001", Some(1)),
            (Unit::Usd, "0.0000000001", None),
            (Unit::Usd, "9223372036.854775807", Some(i64::MAX)),
            (Unit::Usd, "9223372036.854775808", None),
            (Unit::Usd, "-1", None),
            (Unit::Usd, "1e3", None),
            (Unit::Usd, "", None),
            (Unit::Usd, ".5", None),
            (Unit::Tokens, "1 000 000", Some(1_000_000)),
            (Unit::Tokens, "1.5", None),
            (Unit::Requests, "$3", None),
            (Unit::Requests, "9223372036854775808", None),
        ] {
            assert_eq!(read_limit(unit, text).ok(), amount, "{unit} {text}");
        }
    }

    #[test]
    fn levels_are_read_in_order_or_refused() {
        for (text, levels) in [
            ("", Some(&[][..])),
            ("100 %, 50,80, 50", Some(&[50, 80, 100])),
            ("1;2;3;4;5", Some(&[1, 2, 3, 4, 5])),
            ("1;2;3;4;5;6", None),
            ("0", None),
            ("101", None),
            ("half", None),
            ("12.5", None),
        ] {
            assert_eq!(read_warn(text).ok().as_deref(), levels, "{text}");
        }
        assert_eq!(write_warn(&[50, 100], ", "), "50, 100");
    }

    #[test]
    fn only_what_names_a_key_is_looked_at() {
        let input = BudgetInput {
            scope: "key".into(),
            name: " gk_abc_secret ".into(),
            provider: String::new(),
            unit: "usd".into(),
            limit: "1".into(),
            period: "month".into(),
            anchor: String::new(),
            mode: "normal".into(),
            warn: String::new(),
        };
        assert_eq!(
            input.check().map(|new| new.subject),
            Ok(Subject::Key("abc".into()))
        );
        for (period, anchor, day) in [
            ("month", "", Some(1)),
            ("month", " 31 ", Some(31)),
            ("month", "0", None),
            ("month", "32", None),
            ("month", "1.5", None),
            ("year", "", Some(1)),
            ("year", "2", None),
        ] {
            let input = BudgetInput {
                period: period.into(),
                anchor: anchor.into(),
                ..input.clone()
            };
            let checked = input.check().map(|new| new.periods.anchor);
            assert_eq!(checked.ok(), day, "{period} {anchor}");
        }
        let missing = [
            ("name", "member", ""),
            ("provider", "member_provider", "ana@example.com"),
            ("scope", "planet", "earth"),
        ];
        for (field, scope, name) in missing {
            let input = BudgetInput {
                scope: scope.into(),
                name: name.into(),
                ..input.clone()
            };
            let problem = input.check().expect_err("something is missing");
            assert!(problem.field(field).is_some(), "{field}");
        }
    }
}
