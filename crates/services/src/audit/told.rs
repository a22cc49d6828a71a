//! Actions in words.

use domain::audit::AuditAction;
use domain::{Role, Timestamp};
use serde_json::Value;
use store::audit::Deed;

/// A deed as the rest of a sentence that begins with who did it.
pub(crate) fn told(deed: &Deed) -> String {
    let Deed {
        action,
        target_label: label,
        before,
        after,
        ..
    } = deed;
    let (before, after) = (before.as_ref(), after.as_ref());
    match action {
        AuditAction::OrganizationCreate => format!("created the organization {label}"),
        AuditAction::OrganizationRename => renamed("organization", label, after),
        AuditAction::SessionPolicyChange => "changed when sessions end".to_owned(),
        AuditAction::KeyPolicyChange => "changed the rules for virtual keys".to_owned(),
        AuditAction::TimeZoneChange => "changed the organization's time zone".to_owned(),
        AuditAction::SignIn => {
            let with = after.and_then(|after| after.get("with")?.as_str());
            format!("signed in with {}{}", with.unwrap_or("a password"), from(after))
        }
        AuditAction::SignInFail => failed(label, after),
        AuditAction::ChangeRefuse => refused(after),
        AuditAction::ExportCreate => format!("exported {label}"),
        AuditAction::SecondFactorDemand => "changed whether a second factor is required".to_owned(),
        AuditAction::SecondFactorOn => format!("turned the second factor on{}", from(after)),
        AuditAction::SecondFactorOff => format!("turned the second factor off{}", from(after)),
        AuditAction::SecondFactorReset => "reset the second factor".to_owned(),
        AuditAction::RecoveryCodeUse => format!("used a recovery code{}", from(after)),
        AuditAction::UserSessionsEnd => "ended sessions".to_owned(),
        AuditAction::UserPasswordChange => "changed the password".to_owned(),
        AuditAction::UserNameChange => match after.and_then(|after| after.get("name")?.as_str()) {
            Some(name) => format!("changed the name to {name}"),
            None => "changed the name".to_owned(),
        },
        AuditAction::InvitationCreate => match role(after) {
            Some(role) => format!("invited {label} as {role}"),
            None => format!("invited {label}"),
        },
        AuditAction::InvitationLinkRead => "looked at the invitation link".to_owned(),
        AuditAction::InvitationResend => "created a new invitation link".to_owned(),
        AuditAction::InvitationRevoke => "revoked the invitation".to_owned(),
        AuditAction::InvitationAccept => match role(after) {
            Some(role) => format!("joined as {role}"),
            None => "joined".to_owned(),
        },
        AuditAction::MemberCreate => "created the member".to_owned(),
        AuditAction::MemberLink => "linked the member to the directory".to_owned(),
        AuditAction::MemberJoin => match role(after) {
            Some(role) => format!("joined by single sign-on as {role}"),
            None => "joined by single sign-on".to_owned(),
        },
        AuditAction::IdentityLink => "linked the account to single sign-on".to_owned(),
        AuditAction::SignOnChange => "changed single sign-on".to_owned(),
        AuditAction::SignOnRemove => "removed single sign-on".to_owned(),
        AuditAction::MemberUpdate => "changed the member's name or email".to_owned(),
        AuditAction::MemberProvidersChange => {
            let (came, went) = difference("providers", before, after);
            both(
                came.map(|names| format!("allowed {names}")),
                went.map(|names| format!("removed {names} from the allowed providers")),
                "changed the allowed providers",
            )
        }
        AuditAction::MemberProviderEnd => terms("", before, after),
        AuditAction::MemberTeamsChange => {
            let (came, went) = difference("teams", before, after);
            both(
                came.map(|names| format!("added them to {names}")),
                went.map(|names| format!("removed them from {names}")),
                "changed the teams",
            )
        }
        AuditAction::MemberRoleChange => match (role(before), role(after)) {
            (Some(was), Some(is)) => format!("changed the role from {was} to {is}"),
            _ => "changed the role".to_owned(),
        },
        AuditAction::MemberSuspend => "suspended the member".to_owned(),
        AuditAction::MemberReactivate => "reactivated the member".to_owned(),
        AuditAction::MemberRemove => "removed the member".to_owned(),
        AuditAction::MemberRestore => "brought the member back".to_owned(),
        AuditAction::BulkApply => changed_at_once(label, after),
        AuditAction::BulkUndo => format!("undid a change of {label}"),
        AuditAction::MemberLeave => "left the organization".to_owned(),
        AuditAction::AccessAsk => format!("asked for {}", asked_for(after)),
        AuditAction::AccessWithdraw => format!("withdrew the request for {}", asked_for(after)),
        AuditAction::AccessApprove => format!("approved the request for {}", asked_for(after)),
        AuditAction::AccessDecline => format!("declined the request for {}", asked_for(after)),
        AuditAction::ProviderCreate => format!("registered the provider {label}"),
        AuditAction::ProviderUpdate => format!("edited the provider {label}"),
        AuditAction::ProviderActivate => format!("activated the provider {label}"),
        AuditAction::ProviderDeactivate => format!("deactivated the provider {label}"),
        AuditAction::ProviderModelChange => format!("switched a model of the provider {label} on or off"),
        AuditAction::ProviderDelete => format!("deleted the provider {label}"),
        AuditAction::TeamCreate => format!("created the team {label}"),
        AuditAction::TeamRename => renamed("team", label, after),
        AuditAction::TeamDelete => format!("deleted the team {label}"),
        AuditAction::TeamPeopleChange => format!("changed the people of the team {label}"),
        AuditAction::TeamProvidersChange => format!("changed the providers of the team {label}"),
        AuditAction::TeamProviderEnd => terms(&format!(" of the team {label}"), before, after),
        AuditAction::KeyCreate => format!("created the virtual key {label}"),
        AuditAction::KeyRename => renamed("virtual key", label, after),
        AuditAction::KeyEndChange => format!("had the virtual key {label} expire earlier"),
        AuditAction::KeyRotate => format!("rotated the virtual key {label}"),
        AuditAction::KeyRevoke => format!("revoked the virtual key {label}"),
        AuditAction::ScimTokenCreate => format!("created the SCIM token {label}"),
        AuditAction::ScimTokenRevoke => format!("revoked the SCIM token {label}"),
        AuditAction::BudgetCreate => format!("created the budget {label}"),
        AuditAction::BudgetChange => format!("changed the budget {label}"),
        AuditAction::BudgetDelete => format!("deleted the budget {label}"),
        AuditAction::PriceSet => format!("set the price of {label}"),
        AuditAction::PriceEnd => format!("ended the own price of {label}"),
        AuditAction::TemplateCreate => format!("created the template {label}"),
        AuditAction::TemplateChange => format!("changed the template {label}"),
        AuditAction::TemplateDelete => format!("deleted the template {label}"),
        AuditAction::UsageReprice => format!("repriced past requests to {label}"),
        AuditAction::ReviewStart => format!("started an access review of {label}"),
        AuditAction::ReviewKeep => format!("kept the access to {} in a review", asked_for(after)),
        AuditAction::ReviewEnd => format!("ended the access to {} in a review", asked_for(after)),
        AuditAction::ReviewClose => format!("closed the access review of {label}"),
    }
}

fn changed_at_once(label: &str, after: Option<&Value>) -> String {
    let copy = after.and_then(|after| after.get("copy"));
    let copied = copy.and_then(|copy| Some((copy.get("from")?.as_str()?, copy.get("to")?.as_str()?)));
    match copied {
        Some((from, to)) => format!("copied the access of {from} to {to}"),
        None => format!("changed {label} at once"),
    }
}

/// From where, if it is known: an address with the browser.
fn from(after: Option<&Value>) -> String {
    match after.and_then(|after| place(after.get("from")?)) {
        Some(place) => format!(" from {place}"),
        None => String::new(),
    }
}

fn place(from: &Value) -> Option<String> {
    let (address, browser) = (from.get("address")?.as_str()?, from.get("browser")?.as_str()?);
    Some(format!("{address} ({browser})"))
}

fn refused(after: Option<&Value>) -> String {
    match after.and_then(|after| after.get("changes")?.as_u64()) {
        None => "was refused changes".to_owned(),
        Some(1) => "was refused 1 change".to_owned(),
        Some(changes) => format!("was refused {changes} changes"),
    }
}

fn failed(label: &str, after: Option<&Value>) -> String {
    let number = |name| {
        let number = after.and_then(|after| after.get(name)?.as_u64());
        number.unwrap_or_default()
    };
    let of = |count, one: &str| match count {
        0 => None,
        1 => Some(format!("1 refused {one}")),
        count => Some(format!("{count} refused {one}s")),
    };
    let refused = [of(number("passwords"), "password"), of(number("codes"), "code")];
    let refused: Vec<_> = refused.into_iter().flatten().collect();
    let places = after.and_then(|after| after.get("from")?.as_array());
    let places: Vec<_> = places.into_iter().flatten().filter_map(place).collect();
    format!(
        "failed to sign in as {label}: {}, from {}",
        refused.join(" and "),
        places.join(", ")
    )
}

fn renamed(what: &str, label: &str, after: Option<&Value>) -> String {
    match after.and_then(|after| after.get("name")?.as_str()) {
        Some(name) => format!("renamed the {what} {label} to {name}"),
        None => format!("renamed the {what} {label}"),
    }
}

fn asked_for(change: Option<&Value>) -> &str {
    let name = change.and_then(|change| change.get("provider")?.get("name")?.as_str());
    name.unwrap_or("a provider")
}

/// `set OpenAI to expire on 3 Mar 2027 (contract ends)`, `limited OpenAI to gpt-5*`.
fn terms(of: &str, before: Option<&Value>, after: Option<&Value>) -> String {
    let text = |of: Option<&Value>, name: &str| Some(of?.get(name)?.as_str()?.to_owned());
    let Some(name) = text(after.and_then(|after| after.get("provider")), "name") else {
        return format!("changed how a provider is assigned{of}");
    };
    let models = |of: Option<&Value>| -> Vec<String> {
        let list = of.and_then(|of| of.get("models"));
        list.and_then(|list| serde_json::from_value(list.clone()).ok())
            .unwrap_or_default()
    };
    let (had, has) = (models(before), models(after));
    let limited = (had != has).then(|| match has.as_slice() {
        [] => format!("assigned all models of {name}{of}"),
        has => format!("limited {name}{of} to {}", has.join(", ")),
    });
    let end = |of| (text(of, "ends_at"), text(of, "reason"));
    let moved = (limited.is_none() || end(before) != end(after)).then(|| {
        match text(after, "ends_at").and_then(|end| Timestamp::read(&end)) {
            None => format!("removed the expiration date of {name}{of}"),
            Some(end) => {
                let reason = text(after, "reason").filter(|reason| !reason.is_empty());
                let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
                format!("set {name}{of} to expire on {}{reason}", end.last_day().day())
            }
        }
    });
    limited.into_iter().chain(moved).collect::<Vec<_>>().join(", ")
}

fn role(change: Option<&Value>) -> Option<&'static str> {
    let role: Role = serde_json::from_value(change?.get("role")?.clone()).ok()?;
    Some(role.label())
}

/// The names that came and those that went in a list of `{id, name}`, told apart by the id.
fn difference(list: &str, before: Option<&Value>, after: Option<&Value>) -> (Option<String>, Option<String>) {
    let items = |change: Option<&Value>| -> Vec<Value> {
        let list = change.and_then(|change| change.get(list)?.as_array().cloned());
        list.unwrap_or_default()
    };
    let (before, after) = (items(before), items(after));
    let without = |all: &[Value], others: &[Value]| {
        let names: Vec<String> = all
            .iter()
            .filter(|item| !others.iter().any(|other| other.get("id") == item.get("id")))
            .filter_map(|item| Some(item.get("name")?.as_str()?.to_owned()))
            .collect();
        joined(names)
    };
    (without(&after, &before), without(&before, &after))
}

/// `A`, `A and B`, `A, B and C`; nothing for none.
fn joined(mut names: Vec<String>) -> Option<String> {
    let last = names.pop()?;
    Some(if names.is_empty() {
        last
    } else {
        format!("{} and {last}", names.join(", "))
    })
}

fn both(came: Option<String>, went: Option<String>, neither: &str) -> String {
    match (came, went) {
        (Some(came), Some(went)) => format!("{came} and {went}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => neither.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::KeyId;
    use domain::audit::AuditTarget;
    use serde_json::json;

    fn deed(action: AuditAction, before: Option<Value>, after: Option<Value>) -> String {
        told(&Deed {
            id: 1,
            at: Timestamp(0),
            by: "Ana".to_owned(),
            by_email: "ana@example.com".to_owned(),
            action,
            target: AuditTarget::Key(KeyId(1)),
            target_label: "laptop".to_owned(),
            before,
            after,
        })
    }

    #[test]
    fn changes_of_a_member_are_sentences() {
        let items = |list: &str, names: &[(i64, &str)]| {
            let names: Vec<_> = names
                .iter()
                .map(|(id, name)| json!({ "id": id, "name": name }))
                .collect();
            Some(json!({ list: names }))
        };
        let providers = |names: &[(i64, &str)]| items("providers", names);
        let change = |before, after| deed(AuditAction::MemberProvidersChange, before, after);
        assert_eq!(
            change(providers(&[]), providers(&[(1, "OpenAI")])),
            "allowed OpenAI"
        );
        assert_eq!(
            change(
                providers(&[(1, "A"), (2, "B")]),
                providers(&[(3, "C"), (4, "D"), (5, "E"), (1, "A")])
            ),
            "allowed C, D and E and removed B from the allowed providers"
        );
        assert_eq!(change(None, None), "changed the allowed providers");
        // Another provider of the same name is another provider.
        assert_eq!(
            change(providers(&[(1, "A")]), providers(&[(2, "A")])),
            "allowed A and removed A from the allowed providers"
        );
        assert_eq!(
            deed(
                AuditAction::MemberTeamsChange,
                items("teams", &[(1, "Sales")]),
                items("teams", &[(2, "Research")])
            ),
            "added them to Research and removed them from Sales"
        );
        let role = |role| Some(json!({ "role": role }));
        assert_eq!(
            deed(AuditAction::MemberRoleChange, role("member"), role("admin")),
            "changed the role from Member to Admin"
        );
        assert_eq!(
            deed(AuditAction::MemberRoleChange, role("duke"), None),
            "changed the role"
        );
        assert_eq!(
            deed(AuditAction::InvitationCreate, None, role("auditor")),
            "invited laptop as Auditor"
        );
        let lab = Some(json!({ "provider": { "id": 1, "name": "Lab" }, "note": "No." }));
        assert_eq!(
            deed(AuditAction::AccessDecline, None, lab),
            "declined the request for Lab"
        );
        let name = Some(json!({ "name": "desk" }));
        assert_eq!(
            deed(AuditAction::KeyRename, None, name),
            "renamed the virtual key laptop to desk"
        );
    }

    #[test]
    fn every_action_is_told_even_if_nothing_is_known_of_the_change() {
        let sentences: std::collections::BTreeSet<_> = AuditAction::ALL
            .iter()
            .map(|action| deed(*action, None, None))
            .collect();
        assert_eq!(sentences.len(), AuditAction::ALL.len(), "{sentences:#?}");
        assert!(sentences.iter().all(|sentence| !sentence.is_empty()));
    }
}
