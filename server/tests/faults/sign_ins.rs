//! Hundreds of sign-ins at once: no more wait than can be seen to, and the right one from elsewhere is let in.

use crate::organization::{PASSWORD, prepare};
use crate::process::{Gatehouse, PATIENCE, gatehouse};
use crate::thorough;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use services::Database;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Sign-ins at once from one address.
const FLOOD: usize = 250;

/// A client at an address of this machine.
fn client(address: [u8; 4]) -> Client {
    let client = Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .redirect(Policy::none());
    client.local_address(IpAddr::from(address)).build().unwrap()
}

async fn sign_in(client: &Client, server: &Gatehouse, email: &str, password: &str) -> Response {
    let form = format!(
        "email={}&password={}&next=",
        email.replace('@', "%40"),
        password.replace(' ', "+")
    );
    client
        .post(format!("{}/login", server.url))
        .header("origin", &server.url)
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sign_ins_is_refused_and_the_right_one_from_elsewhere_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Embedded(folder.path().join("gatehouse.db"));
    let access = prepare(&database, folder.path()).await;
    let server = Arc::new(Gatehouse::start(gatehouse(), folder.path(), &access).await);
    let addresses: u8 = if thorough() { 4 } else { 1 };
    let mut flood = JoinSet::new();
    for address in 0..addresses {
        let client = client([127, 0, 1, address]);
        for number in 0..FLOOD {
            let (client, server) = (client.clone(), server.clone());
            flood.spawn(async move {
                let answer = sign_in(
                    &client,
                    &server,
                    &format!("n{number}@example.com"),
                    "not this one",
                )
                .await;
                (
                    answer.status().as_u16(),
                    answer.headers().contains_key("retry-after"),
                )
            });
        }
    }
    // One of them is through: the flood is here.
    let mut all = vec![flood.join_next().await.unwrap().unwrap()];
    let right = sign_in(&client([127, 0, 0, 2]), &server, "owner@example.com", PASSWORD).await;
    assert_eq!(right.status(), 303, "the right one is let in");
    let here = client([127, 0, 0, 3]);
    let wrong = sign_in(&here, &server, "owner@example.com", "not this one").await;
    assert_eq!(wrong.status(), 401, "others are looked at as ever");
    assert!(!flood.is_empty(), "they waited for the whole flood");
    all.extend(flood.join_all().await);
    let mut refused = 0;
    for (status, when) in all {
        match status {
            401 => {}
            503 => {
                assert!(when, "and told when to come again");
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(refused > 0, "nobody was refused, so nothing bounds how many wait");
}
