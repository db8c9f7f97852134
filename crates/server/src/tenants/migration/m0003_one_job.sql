/* rolewright: migrate */
-- What was asked is one job.
ALTER TABLE rolewright.tenant_request DROP COLUMN next;
