//! What this month cost so far, with the way to where it is told in full.

use super::number::counted;
use domain::number::usd;
use domain::spend::SpendSum;
use leptos::prelude::*;

/// A line below the chart of usage.
#[component]
pub fn MonthSpend(
    /// The organization's part of the address.
    org: String,
    /// What it cost.
    sum: SpendSum,
    /// Of what: a filter of Spend.
    filter: String,
) -> impl IntoView {
    let href = format!("/o/{org}/spend?{filter}");
    let cost = match sum.is_unpriced() {
        true => "Unpriced".to_owned(),
        false => usd(sum.cost),
    };
    let unpriced = (sum.unpriced > 0 && !sum.is_unpriced()).then(|| {
        let n = u32::try_from(sum.unpriced).unwrap_or(u32::MAX);
        format!(" and {} unpriced", counted(n, "request"))
    });
    view! {
        <p>
            "This month: "
            <a href=href>{cost}</a>
            {unpriced}
        </p>
    }
}
