-- Budgets are told as a change of the providers, with which they are read.
CREATE FUNCTION note_budgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_access_changes('provider', array_agg(organization_id), array_agg(id)) FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER budget_inserted AFTER INSERT ON budget REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_budgets();
CREATE TRIGGER budget_updated AFTER UPDATE ON budget REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_budgets();
CREATE TRIGGER budget_deleted AFTER DELETE ON budget REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_budgets();
