-- Search: indexes by the three letters in a row that a text has. Whoever may create things in a database
-- may create this extension; where somebody else has to, it is taken as it is.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
