//! The newest requests of an organization are found without reading the others.

statements!("CREATE INDEX usage_event_newest ON usage_event (organization_id, started_at, id)");
