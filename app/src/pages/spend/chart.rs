//! The spend of each day: a drawing, and the same numbers as a table.

use crate::components::thousands;
use domain::Timestamp;
use domain::number::usd;
use domain::spend::SpendSum;
use leptos::prelude::*;

/// Of the drawing, in its own units: a bar with the gap beside it, and the highest bar.
const STEP: usize = 10;
const GAP: usize = 2;
const HEIGHT: u64 = 120;

/// How high a bar is. What is not nothing is seen.
fn height(cost: i64, most: i64) -> u64 {
    if cost <= 0 {
        return 0;
    }
    let part = u128::from(cost.unsigned_abs()) * u128::from(HEIGHT) / u128::from(most.max(1).unsigned_abs());
    u64::try_from(part).unwrap_or(HEIGHT).clamp(2, HEIGHT)
}

/// What a day cost, in words.
fn told(sum: &SpendSum) -> String {
    match (sum.is_unpriced(), sum.unpriced) {
        (true, _) => "Unpriced".to_owned(),
        (false, 0) => usd(sum.cost),
        (false, n) => format!("{} and {} unpriced requests", usd(sum.cost), thousands(n)),
    }
}

/// A bar a day, and the table.
#[component]
pub(super) fn Days(
    /// In order, without a gap.
    by_day: Vec<(Timestamp, SpendSum)>,
) -> impl IntoView {
    let most = by_day.iter().map(|(_, sum)| sum.cost).max().unwrap_or(0);
    let (Some((first, _)), Some((last, _))) = (by_day.first(), by_day.last()) else {
        return ().into_any();
    };
    let (from, until) = (first.day(), last.day());
    let width = by_day.len() * STEP;
    let highest = by_day.iter().max_by_key(|(_, sum)| sum.cost).filter(|_| most > 0);
    let highest = highest.map(|(day, sum)| format!("Most on {}: {}", day.day(), usd(sum.cost)));
    let label = format!(
        "Spend by day, {from} to {until}. {}",
        highest.as_deref().unwrap_or("No known cost.")
    );
    let bars = by_day
        .iter()
        .enumerate()
        .map(|(place, (day, sum))| {
            let height = height(sum.cost, most);
            let title = format!("{}: {}", day.day(), told(sum));
            view! {
                <g>
                    <title>{title}</title>
                    // The whole column answers the pointer, however low the bar.
                    <rect class="day" x=place * STEP y="0" width=STEP height=HEIGHT />
                    <rect class="bar" x=place * STEP y=HEIGHT - height width=STEP - GAP height=height />
                </g>
            }
        })
        .collect_view();
    let rows = by_day
        .into_iter()
        .map(|(day, sum)| {
            view! {
                <tr>
                    <th scope="row">
                        <time datetime=day.date()>{day.day()}</time>
                    </th>
                    <td class="numeric" data-label="Requests">
                        {thousands(sum.requests)}
                    </td>
                    <td class="numeric" data-label="Tokens">
                        {thousands(sum.tokens())}
                    </td>
                    <td class="numeric" data-label="Spend">
                        {told(&sum)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="spend-section" aria-labelledby="spend-by-day">
            <h2 id="spend-by-day">"By day"</h2>
            <svg
                class="usage-chart spend-chart"
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=label
            >
                {bars}
            </svg>
            <p class="muted usage-days" aria-hidden="true">
                <span>{from}</span>
                <span>{highest}</span>
                <span>{until}</span>
            </p>
            <details>
                <summary>"Show as table"</summary>
                <div class="table-panel">
                    <table class="table spend-table">
                        <thead>
                            <tr>
                                <th scope="col">"Day"</th>
                                <th scope="col" class="numeric">"Requests"</th>
                                <th scope="col" class="numeric">"Tokens"</th>
                                <th scope="col" class="numeric">"Spend"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_its_part_of_the_most() {
        assert_eq!(height(0, 100), 0);
        assert_eq!(height(50, 100), HEIGHT / 2);
        assert_eq!(height(1, i64::MAX), 2, "seen, though little");
        assert_eq!(height(i64::MAX, i64::MAX), HEIGHT);
    }
}
