-- A move is told as a change of the budgets is, with which it is read.
CREATE TRIGGER time_zone_moved AFTER INSERT ON time_zone_move REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_budgets();
