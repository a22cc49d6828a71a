mod support;
use domain::query::MemberQuery;
use domain::*;
use store::*;
fn send<T: Send>(_: T) {}
#[allow(dead_code)]
fn all(store: &Store, tx: &WriteTx, q: &MemberQuery) {
    let o = OrganizationId(1);
    send(store.read());
    send(store.write());
    send(tx.lock_organization(o));
    send(members::page(tx, o, q, support::NOW));
    send(members::rows(tx, o, &[], support::NOW));
    send(teams::list(tx, o));
    send(teams::insert(tx, o, "", support::NOW));
    send(providers::list(tx, o, support::NOW));
    send(bulk::insert_members(tx, o, &[], support::NOW));
    send(grants::of_member(tx, o, MemberId(1), support::NOW));
    send(grants::insert(tx, o, MemberId(1), ProviderId(1), UserId(1), support::NOW));
    send(keys::of_member(tx, o, MemberId(1)));
    send(organizations::links_of(tx, UserId(1)));
    send(async move { let tx = store.write().await.unwrap(); support::organization(&tx, "x").await; tx.commit().await.unwrap(); });
}
