//! The page of a provider reads what it was used for.

statements!(
    "CREATE INDEX usage_event_provider ON usage_event (organization_id, provider_id, started_at) WHERE provider_id IS NOT NULL"
);
