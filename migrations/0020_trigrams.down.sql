-- It stays where others use it, or where it is somebody else's.
DO $$
BEGIN
    DROP EXTENSION IF EXISTS pg_trgm;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    RAISE NOTICE 'the extension pg_trgm stays: %', SQLERRM;
END $$;
