//! From the name of a model to the provider that is asked, and the names a key or member may use.

use super::{Asking, Denial};
use crate::ProviderId;
use crate::provider::ProviderStatus;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A provider with the models it lists.
pub trait Offer {
    /// Which provider.
    fn id(&self) -> ProviderId;
    /// Its part of model names.
    fn slug(&self) -> &str;
    /// Active or not.
    fn status(&self) -> ProviderStatus;
    /// Whether it lists a model of exactly this name.
    fn lists(&self, model: &str) -> bool;
    /// Every model it lists.
    fn models(&self) -> impl Iterator<Item = &str>;
    /// Whether the organization switched a model of exactly this name off.
    fn is_off(&self, model: &str) -> bool;
}

impl<T: Offer> Offer for Arc<T> {
    fn id(&self) -> ProviderId {
        (**self).id()
    }
    fn slug(&self) -> &str {
        (**self).slug()
    }
    fn status(&self) -> ProviderStatus {
        (**self).status()
    }
    fn lists(&self, model: &str) -> bool {
        (**self).lists(model)
    }
    fn models(&self) -> impl Iterator<Item = &str> {
        (**self).models()
    }
    fn is_off(&self, model: &str) -> bool {
        (**self).is_off(model)
    }
}

impl Asking<'_> {
    /// Whether one model of a provider may be used, and if not, why not. What a provider lists, and what of it is off, is
    /// only told to those who may use the provider.
    pub fn check_model<P: Offer>(&self, provider: &P, model: &str) -> Result<(), Denial> {
        self.check(provider.id(), provider.status())?;
        if !provider.lists(model) {
            Err(Denial::UnknownModel)
        } else if self.may_ask_for(provider, model) {
            Ok(())
        } else {
            Err(Denial::ModelNotAllowed)
        }
    }

    /// Whether a listed model of a provider that may be used is on, and one of the grants includes it.
    fn may_ask_for<P: Offer>(&self, provider: &P, model: &str) -> bool {
        !provider.is_off(model) && self.grants.include(provider.id(), model, self.now)
    }

    /// The models that may be asked for of a provider that may be used, in its order.
    pub fn models<'p, P: Offer>(&self, provider: &'p P) -> impl Iterator<Item = &'p str> {
        provider
            .models()
            .filter(|model| self.may_ask_for(provider, model))
    }
}

/// The provider that a model name means, and the name by which that provider knows the model.
///
/// `slug/model` asks one provider; ASCII letters of the slug count in either case. Where the text before the first
/// slash is no provider's slug, the whole is a bare name, which must be allowed at exactly one provider.
pub fn resolve<'p, 'm, P: Offer>(
    asking: &Asking<'_>,
    providers: &'p [P],
    model: &'m str,
) -> Result<(&'p P, &'m str), Denial> {
    if let Some((slug, rest)) = model.split_once('/')
        && let Some(provider) = providers.iter().find(|p| p.slug().eq_ignore_ascii_case(slug))
    {
        asking.check_model(provider, rest)?;
        return Ok((provider, rest));
    }
    let mut found = None;
    let mut refused: Option<Denial> = None;
    for provider in providers.iter().filter(|p| p.lists(model)) {
        match asking.check_model(provider, model) {
            Ok(()) if found.is_some() => return Err(Denial::AmbiguousModel),
            Ok(()) => found = Some(provider),
            // Of several reasons the one that is nearest to being allowed; they are listed in that order.
            Err(denial) => refused = refused.max(Some(denial)),
        }
    }
    match found {
        Some(provider) => Ok((provider, model)),
        None => Err(refused.unwrap_or(Denial::UnknownModel)),
    }
}

/// Every name that [`resolve`] accepts, in order: `slug/model` for each model that may be asked for of each provider,
/// and the bare names that are not ambiguous.
pub fn names<P: Offer>(asking: &Asking<'_>, providers: &[P]) -> Vec<(String, ProviderId)> {
    let usable: Vec<&P> = providers
        .iter()
        .filter(|p| asking.check(p.id(), p.status()).is_ok())
        .collect();
    let mut names = Vec::new();
    let mut bare = BTreeSet::new();
    for provider in &usable {
        for model in asking.models(*provider) {
            names.push((format!("{}/{model}", provider.slug()), provider.id()));
            bare.insert(model);
        }
    }
    for model in bare {
        if let Ok((provider, known)) = resolve(asking, providers, model)
            && known == model
        {
            names.push((model.to_owned(), provider.id()));
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Grant, Grants, ModelList, TeamGrants};
    use crate::{MemberStatus, TeamId, Timestamp};
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    struct Listed {
        id: i64,
        slug: &'static str,
        active: bool,
        models: Vec<&'static str>,
        off: Vec<&'static str>,
    }

    impl Offer for Listed {
        fn id(&self) -> ProviderId {
            ProviderId(self.id)
        }
        fn slug(&self) -> &str {
            self.slug
        }
        fn status(&self) -> ProviderStatus {
            if self.active {
                ProviderStatus::Active
            } else {
                ProviderStatus::Inactive
            }
        }
        fn lists(&self, model: &str) -> bool {
            self.models.contains(&model)
        }
        fn models(&self) -> impl Iterator<Item = &str> {
            self.models.iter().copied()
        }
        fn is_off(&self, model: &str) -> bool {
            self.off.contains(&model)
        }
    }

    /// Names that collide in every way: a model called like another provider's model with its slug before it.
    const MODELS: [&str; 6] = ["a", "b:1", "p1/a", "p2/b:1", "P3/a", "x/y"];
    const SLUGS: [&str; 3] = ["p1", "p2", "p3"];

    fn providers() -> impl Strategy<Value = Vec<Listed>> {
        let one = |id: usize| {
            (
                any::<bool>(),
                proptest::sample::subsequence(MODELS.to_vec(), 0..=6),
                proptest::sample::subsequence(MODELS.to_vec(), 0..=2),
            )
                .prop_map(move |(active, models, off)| Listed {
                    id: i64::try_from(id).expect("a small number"),
                    slug: SLUGS[id],
                    active,
                    models,
                    off,
                })
        };
        (one(0), one(1), one(2)).prop_map(|(a, b, c)| vec![a, b, c])
    }

    fn ids() -> impl Strategy<Value = Vec<ProviderId>> {
        proptest::sample::subsequence(vec![0, 1, 2], 0..=3)
            .prop_map(|ids| ids.into_iter().map(ProviderId).collect())
    }

    fn patterns() -> impl Strategy<Value = ModelList> {
        let some = proptest::sample::subsequence(vec!["a", "b:*", "*/a", "x/y", "p*"], 0..=2);
        some.prop_map(|names| {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            ModelList::check(&names).expect("names of models")
        })
    }

    proptest! {
        #[test]
        fn what_is_listed_is_what_is_accepted(
            providers in providers(),
            granted in ids(),
            by_team in ids(),
            ended in ids(),
            scope in proptest::option::of(ids()),
            own_models in patterns(),
            team_models in patterns(),
            suspended in any::<bool>(),
        ) {
            let now = Timestamp(1_000);
            let grant = |models: &ModelList, id: &ProviderId| Grant {
                provider: *id,
                ends_at: ended.contains(id).then_some(now),
                models: models.clone(),
            };
            let own: Vec<_> = granted.iter().map(|id| grant(&own_models, id)).collect();
            let carried = [1, 2].map(|team| TeamGrants {
                team: TeamId(team),
                grants: by_team.iter().map(|id| grant(&team_models, id)).collect(),
            });
            // Of the second team somebody else is a member.
            let grants = Grants { own: &own, teams: &[TeamId(1)], carried: &carried };
            let status = if suspended { MemberStatus::Suspended } else { MemberStatus::Active };
            let asking = Asking { status, grants, scope: scope.as_deref(), now };
            let listed = names(&asking, &providers);
            for (name, provider) in &listed {
                let (got, _) = resolve(&asking, &providers, name).expect("a listed name is accepted");
                prop_assert_eq!(got.id(), *provider);
            }
            for provider in &providers {
                for model in &provider.off {
                    let name = format!("{}/{model}", provider.slug);
                    prop_assert!(resolve(&asking, &providers, &name).is_err(), "{} is off", name);
                }
            }
            // A grant of some models never lets others through, and two let through what either does.
            let included = |id: &ProviderId, model: &str| {
                let (own, team) = (granted.contains(id), by_team.contains(id));
                own && own_models.includes(model) || team && team_models.includes(model)
            };
            for (name, provider) in &listed {
                let known = resolve(&asking, &providers, name).map(|(_, model)| model);
                prop_assert!(known.is_ok_and(|model| included(provider, model)), "{}", name);
            }
            for provider in &providers {
                for model in &provider.models {
                    let name = format!("{}/{model}", provider.slug);
                    let whole = asking.check(provider.id(), provider.status()).is_ok()
                        && !provider.off.contains(model)
                        && included(&provider.id(), model);
                    prop_assert_eq!(resolve(&asking, &providers, &name).is_ok(), whole, "{}", name);
                }
            }
            let every = MODELS.iter().map(|m| (*m).to_owned()).chain(
                SLUGS.iter().flat_map(|s| MODELS.iter().map(move |m| format!("{s}/{m}"))),
            );
            for name in every {
                let accepted = resolve(&asking, &providers, &name).is_ok();
                // A slug in capitals is accepted and not listed twice.
                let spelled = name.starts_with("P3/");
                prop_assert!(spelled || accepted == listed.iter().any(|(l, _)| *l == name), "{}", name);
            }
            let usable: BTreeSet<_> = providers
                .iter()
                .filter(|p| asking.check(p.id(), p.status()).is_ok())
                .filter(|p| asking.models(*p).next().is_some())
                .map(Offer::id)
                .collect();
            prop_assert_eq!(usable, listed.iter().map(|(_, id)| *id).collect::<BTreeSet<_>>());
        }
    }
}
