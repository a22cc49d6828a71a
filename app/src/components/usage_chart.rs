//! Usage of the last thirty days as a small chart, drawn where the page is made.

use super::number::{counted, thousands};
use domain::history::DayUsage;
use leptos::prelude::*;

/// Of the drawing, in its own units: a bar with the gap beside it, and the highest bar.
const STEP: usize = 10;
const GAP: usize = 2;
const HEIGHT: u64 = 60;

fn requests(n: u64) -> String {
    counted(u32::try_from(n).unwrap_or(u32::MAX), "request")
}

/// How high a bar is. What is not nothing is seen.
fn height(n: u64, most: u64) -> u64 {
    match n {
        0 => 0,
        n => (u128::from(n) * u128::from(HEIGHT) / u128::from(most.max(1)))
            .try_into()
            .unwrap_or(HEIGHT)
            .max(2),
    }
}

/// The day with the most requests, the latest of several.
fn busiest(days: &[DayUsage]) -> Option<String> {
    let most = days.iter().max_by_key(|day| day.sum.requests)?;
    let (day, count) = (most.day.day(), requests(most.sum.requests));
    Some(format!("Most on {day}: {count}"))
}

/// A bar a day. Nothing where nothing was used, which is said in words beside it.
#[component]
pub fn UsageChart(
    /// The days, in order.
    days: Vec<DayUsage>,
) -> impl IntoView {
    let most = days.iter().map(|day| day.sum.requests).max().unwrap_or(0);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return ().into_any();
    };
    if most == 0 {
        return ().into_any();
    }
    let (from, until) = (first.day.day(), last.day.day());
    let width = days.len() * STEP;
    let busiest = busiest(&days);
    let total = requests(days.iter().map(|day| day.sum.requests).sum());
    let label = format!(
        "Requests by day, {from} to {until}: {total}. {}.",
        busiest.as_deref().unwrap_or_default()
    );
    let bars = days.iter().enumerate().map(|(place, DayUsage { day, sum })| {
        let height = height(sum.requests, most);
        let title = format!(
            "{}: {}, {} tokens",
            day.day(),
            requests(sum.requests),
            thousands(sum.tokens())
        );
        view! {
            <g>
                <title>{title}</title>
                // The whole column answers the pointer, however low the bar.
                <rect class="day" x=place * STEP y="0" width=STEP height=HEIGHT />
                <rect class="bar" x=place * STEP y=HEIGHT - height width=STEP - GAP height=height />
            </g>
        }
    });
    let bars = bars.collect_view();
    view! {
        <section class="member-section" id="usage">
            <h2>"Usage"</h2>
            <svg class="usage-chart" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=label>
                {bars}
            </svg>
            <p class="muted usage-days" aria-hidden="true">
                <span>{from}</span>
                <span>{until}</span>
            </p>
            <p class="muted" aria-hidden="true">
                {busiest}
            </p>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::usage::UsageSum;

    #[test]
    fn a_single_request_is_seen_beside_a_million() {
        assert_eq!(
            [0, 1, 500_000, 1_000_000].map(|n| height(n, 1_000_000)),
            [0, 2, 30, 60]
        );
        assert_eq!(height(u64::MAX, u64::MAX), HEIGHT);
    }

    #[test]
    fn the_busiest_day_is_told() {
        let day = |n: i64, requests| DayUsage {
            day: Timestamp(n * Timestamp::DAY),
            sum: UsageSum {
                requests,
                ..UsageSum::default()
            },
        };
        let days = [day(0, 1), day(1, 1_200), day(2, 0)];
        assert_eq!(
            busiest(&days).as_deref(),
            Some("Most on 2 Jan 1970: 1,200 requests")
        );
        assert_eq!(busiest(&[]), None);
    }
}
