-- A price is told as a change of the providers, with which it is read.
CREATE TRIGGER own_price_inserted AFTER INSERT ON own_price REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_budgets();
