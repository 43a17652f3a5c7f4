-- A rule that was validated holds for all rows; there is nothing to take back.
SELECT;
