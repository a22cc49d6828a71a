//! Setting and ending own prices, and pricing past requests again. One address takes all forms of the page; the field `do`
//! says which it was.

use super::{answer, page_again, sender, unknown_deed};
use crate::state::AppState;
use app::forms::FormOutcome;
use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use domain::Problem;
use domain::prices::{PriceInput, RepriceInput, Repricing};
use domain::usage::Bucket;
use services::{Actor, Error, Services};
use std::collections::BTreeMap;

/// The fields of whichever form it was, by name.
type Sent = BTreeMap<String, String>;

fn field(sent: &Sent, name: &str) -> String {
    sent.get(name).cloned().unwrap_or_default()
}

fn price(sent: &Sent) -> PriceInput {
    let rates = Bucket::ALL
        .iter()
        .map(|bucket| (*bucket, field(sent, bucket.as_str())));
    PriceInput {
        provider: field(sent, "provider"),
        model: field(sent, "model"),
        from: field(sent, "from"),
        rates: rates.collect(),
    }
}

fn span(sent: &Sent) -> RepriceInput {
    RepriceInput {
        provider: field(sent, "provider"),
        model: field(sent, "model"),
        from: field(sent, "from"),
        until: field(sent, "until"),
    }
}

/// What became of a form.
enum Done {
    /// Something was changed, as the address then says.
    Changed(&'static str),
    /// Nothing was.
    Previewed(Repricing),
}

/// `POST /o/{org}/prices`. **Permissions:** admin and up.
pub async fn prices(
    State(state): State<AppState>,
    Path(org): Path<String>,
    mut parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let done: Result<Done, Error> = async {
        let actor = sender(&state, &mut parts, &org).await?;
        act(&state.services, &actor, &sent).await
    }
    .await;
    let path = parts.uri.path().to_owned();
    let done = match done {
        Ok(Done::Changed(what)) => Ok(format!("{path}?done={what}")),
        Err(error) => Err(error),
        Ok(Done::Previewed(seen)) => {
            let mut values: Vec<_> = sent.into_iter().collect();
            let told = serde_json::to_string(&seen).unwrap_or_default();
            values.push(("previewed".to_owned(), told));
            let outcome = FormOutcome {
                form: "prices".to_owned(),
                values,
                ..FormOutcome::default()
            };
            return page_again(&state, parts, &path, outcome).await;
        }
    };
    answer(&state, parts, &path, "prices", sent.into_iter().collect(), done).await
}

/// Does what the form says.
async fn act(services: &Services, actor: &Actor, sent: &Sent) -> Result<Done, Error> {
    match field(sent, "do").as_str() {
        "set" => {
            services.set_price(actor, &price(sent)).await?;
            Ok(Done::Changed("set"))
        }
        "end" => {
            let id = field(sent, "price").parse();
            let id = id.map_err(|_| Problem::not_found("price"))?;
            services.end_price(actor, id, &field(sent, "from")).await?;
            Ok(Done::Changed("ended"))
        }
        "preview" => Ok(Done::Previewed(
            services.preview_repricing(actor, &span(sent)).await?,
        )),
        "reprice" => {
            services.reprice(actor, &span(sent), &field(sent, "seen")).await?;
            Ok(Done::Changed("repriced"))
        }
        other => Err(unknown_deed(other)),
    }
}
