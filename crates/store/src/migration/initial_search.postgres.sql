CREATE INDEX member_list ON member (organization_id, name_key, email_identity);

-- The trigram index needs an extension that a managed database may withhold; without it a search scans.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX member_search ON member USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE NOTICE 'pg_trgm is not available: member search will scan';
END
$$;
