//! What one member spent is found without reading what everybody did.

statements!("CREATE INDEX usage_day_member ON usage_day (organization_id, member_id, at)");
