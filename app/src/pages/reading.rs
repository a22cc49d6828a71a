//! Data that is read again and again, and stays when that fails.

use crate::api::ApiResult;
use domain::{Problem, ProblemCode};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What was read, and why it is not current, if it is not: then it is what was read before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading<T> {
    /// What was read.
    pub value: T,
    /// Why it could not be read again.
    pub problem: Option<Problem>,
}

impl<T> Reading<T> {
    /// What was read just now.
    pub fn current(value: T) -> Self {
        Self { value, problem: None }
    }

    /// The new reading; when it failed and there is one before, that one.
    pub fn or_before(new: ApiResult<T>, before: Option<Self>) -> ApiResult<Self> {
        match (new, before) {
            (Ok(value), _) => Ok(Self::current(value)),
            (Err(error), Some(before)) if stays(&error.0) => Ok(Self {
                value: before.value,
                problem: Some(error.0),
            }),
            (Err(error), _) => Err(error),
        }
    }
}

/// Whether what was read before may still be shown: not when it is no longer there, or not for this person.
pub fn stays(problem: &Problem) -> bool {
    use ProblemCode::{Internal, Overloaded, RateLimited, Unauthenticated};
    matches!(
        problem.code,
        Internal | Overloaded | RateLimited | Unauthenticated
    )
}

/// What a resource holds when it reads anew. Nothing is shown of it here, so no view has to wait for it.
pub fn held<T: Clone + Send + Sync + 'static>(resource: StoredValue<Option<Resource<T>>>) -> Option<T> {
    let resource = resource.try_get_value().flatten()?;
    // The value below the resource, which warns of readers outside of a view.
    let value: &AsyncDerived<T> = &resource;
    value.try_get_untracked().flatten()
}

/// A resource whose last good answer stays while the server cannot be reached.
pub fn reading<T, Answer>(
    read: impl Fn() -> Answer + Send + Sync + 'static,
) -> Resource<ApiResult<Reading<T>>>
where
    T: Clone + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static,
    Answer: Future<Output = ApiResult<T>> + Send + 'static,
{
    let shown = StoredValue::new(None::<Resource<ApiResult<Reading<T>>>>);
    let resource = Resource::new(
        || (),
        move |()| {
            let new = read();
            async move {
                let new = new.await;
                Reading::or_before(new, held(shown).and_then(Result::ok))
            }
        },
    );
    shown.set_value(Some(resource));
    resource
}

/// The same of what a query asks for; read again whenever the query changes.
pub fn reading_of<Query, T, Answer>(
    query: Memo<Query>,
    read: impl Fn(Query) -> Answer + Send + Sync + 'static,
) -> Resource<ApiResult<Reading<T>>>
where
    Query: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static,
    Answer: Future<Output = ApiResult<T>> + Send + 'static,
{
    let resource = reading(move || read(query.get()));
    Effect::new(move |before: Option<Query>| {
        let now = query.get();
        if before.is_some_and(|before| before != now) {
            resource.refetch();
        }
        now
    });
    resource
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_stays_when_it_cannot_be_read_again() {
        let away = || Err(Problem::new(ProblemCode::Internal, "Away.").into());
        let first = Reading::or_before(Ok(1), None).unwrap();
        assert_eq!(first, Reading::current(1));
        let second = Reading::or_before(away(), Some(first)).unwrap();
        assert_eq!(
            (second.value, second.problem.as_ref().map(|p| p.message.as_str())),
            (1, Some("Away."))
        );
        let third = Reading::or_before(away(), Some(second)).unwrap();
        assert_eq!(third.value, 1);
        assert_eq!(
            Reading::or_before(Ok(2), Some(third)).unwrap(),
            Reading::current(2)
        );
        for gone in [ProblemCode::NotFound, ProblemCode::Forbidden] {
            let gone = Err(Problem::new(gone, "Gone.").into());
            assert!(Reading::or_before(gone, Some(Reading::current(2))).is_err());
        }
        for for_now in [
            ProblemCode::Overloaded,
            ProblemCode::RateLimited,
            ProblemCode::Unauthenticated,
        ] {
            let for_now = Err(Problem::new(for_now, "Not now.").into());
            assert_eq!(
                Reading::or_before(for_now, Some(Reading::current(2)))
                    .unwrap()
                    .value,
                2
            );
        }
        assert!(Reading::<u8>::or_before(away(), None).is_err());
    }
}
