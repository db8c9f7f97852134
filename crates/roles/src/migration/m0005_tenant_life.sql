/* rolewright: migrate */
-- Each life of a tenant's id, from an add to a purge, has a number of its own, from which the password of its reports' login derives. The
-- purge writes that of the next one. NULL is the first, of all that there were before this: their passwords stay.
ALTER TABLE rolewright.tenant ADD COLUMN life uuid;
UPDATE rolewright.tenant SET life = pg_catalog.gen_random_uuid() WHERE state = 'purged';
