//! The rows of a table: which one is in use, going from one to another, and keeping one in its place.

/// Names a row's element; [`in_use`] gives the number back.
pub fn row_id(row: i64) -> String {
    format!("row-{row}")
}

/// A row, and how far it is below the top of the window, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Which.
    pub row: i64,
    top: f64,
}

/// The row that the mouse is on, or else the keyboard.
pub fn in_use() -> Option<Place> {
    #[cfg(feature = "hydrate")]
    {
        element(":hover")
            .or_else(|| element(":focus-within"))
            .as_ref()
            .and_then(place)
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// The row that the keyboard is on.
pub fn focused() -> Option<i64> {
    #[cfg(feature = "hydrate")]
    {
        place(&element(":focus-within")?).map(|place| place.row)
    }
    #[cfg(not(feature = "hydrate"))]
    None
}

/// Whether the page can be scrolled so that a row stays in its place when as many rows come before it; fewer, if negative.
pub fn can_stay(place: Place, rows_before: i32) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let found = super::dom::element::<web_sys::Element>(&row_id(place.row));
        let Some((row, window)) = found.zip(web_sys::window()) else {
            return false;
        };
        let Some(root) = row
            .owner_document()
            .and_then(|document| document.document_element())
        else {
            return false;
        };
        let to = window.scroll_y().unwrap_or_default()
            + row.get_bounding_client_rect().height() * f64::from(rows_before);
        (0.0..=f64::from(root.scroll_height() - root.client_height())).contains(&to)
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Scrolls so that a row is where it was.
pub fn stay(place: Place) {
    #[cfg(feature = "hydrate")]
    if let Some(row) = super::dom::element::<web_sys::Element>(&row_id(place.row))
        && let Some(window) = web_sys::window()
    {
        window.scroll_by_with_x_and_y(0.0, row.get_bounding_client_rect().top() - place.top);
    }
}

/// Moves the keyboard to the row after the one that it is on, or before; to the first row when it is on none.
pub fn step(forwards: bool) {
    #[cfg(feature = "hydrate")]
    {
        let from = element(":focus-within");
        let to = match &from {
            Some(row) if forwards => row.next_element_sibling(),
            Some(row) => row.previous_element_sibling(),
            None => element(":first-child"),
        };
        if let Some(to) = to {
            focus(&to);
        }
    }
}

/// Moves the keyboard back to a row whose element was replaced by another one.
pub fn focus_again(row: i64) {
    #[cfg(feature = "hydrate")]
    if super::focus::is_lost()
        && let Some(row) = super::dom::element::<web_sys::Element>(&row_id(row))
    {
        focus(&row);
    }
}

/// The name leads to the member; an invitation has none, but a box.
#[cfg(feature = "hydrate")]
fn focus(row: &web_sys::Element) {
    if let Some(part) = super::dom::all(row, "th a, th input").last() {
        let _ = part.focus();
    }
}

#[cfg(feature = "hydrate")]
fn element(which: &str) -> Option<web_sys::Element> {
    let rows = format!("table.members tbody tr{which}");
    super::dom::document()?.query_selector(&rows).ok().flatten()
}

#[cfg(feature = "hydrate")]
fn place(row: &web_sys::Element) -> Option<Place> {
    Some(Place {
        row: row.id().strip_prefix("row-")?.parse().ok()?,
        top: row.get_bounding_client_rect().top(),
    })
}
