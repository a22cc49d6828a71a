//! What others change comes into the open table, without moving the row that is in use.

use super::state::{Access, Answered};
use crate::api::members::list_members;
use crate::browser::{live, page, rows};
use domain::MemberId;
use domain::member::{MemberPage, MemberRow};
use domain::query::MemberQuery;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// From one reading to the next while changes keep coming: each is still seen within a second.
const PAUSE: Duration = Duration::from_millis(400);

/// Keeps the table what the server has.
pub fn keep_current(access: Access) {
    let newest = RwSignal::new(0);
    let reading = RwSignal::new(false);
    Effect::new(move |_| {
        live::follow(format!("{}/changes", access.path()), move |revision| {
            newest.set(revision)
        })
    });
    Effect::new(move |_| {
        let newest_known = newest.get();
        let behind = access.shown(|page, _| page.revision < newest_known) == Some(true);
        // An answer that is on its way is looked at when it is there.
        if !behind || access.is_asking() || reading.get() {
            return;
        }
        reading.set(true);
        spawn_local(async move {
            let query = access.query.get_untracked();
            match list_members(access.editor.org(), query.clone()).await {
                Ok(page) => put(access, &query, page),
                // The next change is a reason to try again.
                Err(_) => drop(newest.try_set(0)),
            }
            page::pause(PAUSE).await;
            reading.try_set(false);
        });
    });
}

/// Shows a page that nobody asked for, unless another one is shown by now.
fn put(access: Access, asked: &MemberQuery, page: MemberPage) {
    // An answer that is on its way would be thrown away by this one, and is as new or about something else.
    if untrack(|| access.is_asking()) {
        return;
    }
    let (used, focused) = (rows::in_use(), rows::focused());
    access.answer.try_update(|answer| {
        let Some(Answered {
            query,
            page: Ok(shown),
            problem,
        }) = answer
        else {
            return;
        };
        if query != asked {
            return;
        }
        *problem = None;
        let moves = used.and_then(|row| {
            let from = place(&shown.rows, row.row)?;
            Some((row, place(&page.rows, row.row).map(|to| to - from)))
        });
        let in_place = match moves {
            None | Some((_, Some(0))) => true,
            Some((row, Some(by))) => rows::can_stay(row, by),
            Some((_, None)) => false,
        };
        let rows = if in_place {
            access.held.set_value(None);
            page.rows
        } else {
            // Each row stays where it is, as it now is; the order waits for [`settle`].
            let stay = shown
                .rows
                .drain(..)
                .map(|row| find(&page.rows, row.id).cloned().unwrap_or(row))
                .collect();
            access.held.set_value(Some((page.revision, page.rows)));
            stay
        };
        *shown = MemberPage { rows, ..page };
    });
    request_animation_frame(move || {
        if let Some(row) = used {
            rows::stay(row);
        }
        if let Some(row) = focused {
            rows::focus_again(row);
        }
    });
}

/// Puts the rows in order that were kept in place, once none of them is in use any more.
pub fn settle(access: Access) {
    request_animation_frame(move || {
        if rows::in_use().is_some() {
            return;
        }
        let Some((revision, rows)) = access.held.try_update_value(Option::take).flatten() else {
            return;
        };
        access.answer.try_update(|answer| match answer {
            Some(Answered { page: Ok(shown), .. }) if shown.revision == revision => shown.rows = rows,
            _ => {}
        });
    });
}

fn place(rows: &[MemberRow], row: i64) -> Option<i32> {
    let place = rows.iter().position(|shown| shown.id.0 == row)?;
    i32::try_from(place).ok()
}

fn find(rows: &[MemberRow], id: MemberId) -> Option<&MemberRow> {
    rows.iter().find(|row| row.id == id)
}
