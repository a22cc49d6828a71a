//! Which columns of AI Access a person wants to see. It is about the view alone: rows, order and exports are the same.

use super::SortColumn;

/// The columns that are shown. The name always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(u16);

const ALL: u16 = (1 << SortColumn::ALL.len()) - 1;

fn bit(column: SortColumn) -> u16 {
    1 << column as u16
}

impl Default for Columns {
    /// All of them.
    fn default() -> Self {
        Self(ALL)
    }
}

impl Columns {
    /// The name of the URL's parameter, and of the cookie that keeps the choice for the person's next visit.
    pub const NAME: &str = "columns";

    /// Whether a column is shown.
    pub fn shows(self, column: SortColumn) -> bool {
        self.0 & bit(column) != 0
    }

    /// With a column shown that was not, or the other way round.
    #[must_use]
    pub fn toggled(self, column: SortColumn) -> Self {
        Self((self.0 ^ bit(column)) | bit(SortColumn::Name))
    }

    /// The columns, separated by commas.
    pub fn to_list(self) -> String {
        let shown = SortColumn::ALL.iter().filter(|column| self.shows(**column));
        shown.map(|column| column.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Reads such a list. What is unknown is as if it were not there; a list without a column that is known is none.
    pub fn from_list(list: &str) -> Option<Self> {
        let shown = list.split(',').filter_map(|name| name.parse().ok().map(bit));
        let shown = shown.fold(0, |all, one| all | one);
        (shown != 0).then_some(Self(shown | bit(SortColumn::Name)))
    }

    /// Reads the choice from the query part of a URL, where a form repeats the parameter for each column.
    pub fn from_query_string(text: &str) -> Option<Self> {
        let text = text.strip_prefix('?').unwrap_or(text);
        let pairs = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name == Self::NAME);
        Self::from_list(&pairs.map(|(_, value)| value).collect::<Vec<_>>().join(","))
    }

    /// Reads the choice from cookies as a browser sends them.
    pub fn from_cookies(text: &str) -> Option<Self> {
        let pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == Self::NAME);
        // Commas are not allowed in a cookie.
        Self::from_list(&values.next()?.1.replace('.', ","))
    }

    /// The cookie that keeps the choice; what is as by default needs none.
    pub fn to_cookie(self) -> String {
        let (value, seconds) = if self == Self::default() {
            (String::new(), 0)
        } else {
            (self.to_list().replace(',', "."), crate::limits::CHOICE_SECONDS)
        };
        format!("{}={value}; Path=/; SameSite=Lax; Max-Age={seconds}", Self::NAME)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_columns_is_read_as_it_was_written() {
        for bits in 0..=ALL {
            let columns = Columns(bits | bit(SortColumn::Name));
            assert_eq!(Columns::from_list(&columns.to_list()), Some(columns));
            assert_eq!(
                Columns::from_query_string(&format!("?q=a&columns={}&page=2", columns.to_list())),
                Some(columns)
            );
            let cookie = columns.to_cookie();
            let kept = cookie.split(';').next().unwrap();
            let read = Columns::from_cookies(&format!("gatehouse=token; {kept}; other=1"));
            assert_eq!(read.unwrap_or_default(), columns);
        }
    }

    #[test]
    fn columns_of_a_form_are_read_and_unknown_ones_are_not() {
        let some = Columns::from_query_string("columns=name&columns=email&columns=shoe").unwrap();
        assert_eq!(some.to_list(), "name,email");
        assert_eq!(Columns::from_query_string("columns=shoe,,"), None);
        assert_eq!(Columns::from_query_string("q=columns"), None);
        assert_eq!(Columns::from_cookies("columns=; x=y"), None);
    }

    #[test]
    fn the_name_stays_whatever_is_chosen() {
        let all = Columns::default();
        assert!(all.toggled(SortColumn::Name).shows(SortColumn::Name));
        assert_eq!(
            Columns::from_list("keys").map(Columns::to_list).as_deref(),
            Some("name,keys")
        );
        assert!(!all.toggled(SortColumn::Keys).shows(SortColumn::Keys));
        assert_eq!(all.toggled(SortColumn::Keys).toggled(SortColumn::Keys), all);
    }
}
