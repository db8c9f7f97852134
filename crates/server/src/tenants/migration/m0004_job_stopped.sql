/* rolewright: migrate */
-- When somebody had enough of a job: nothing more of it is begun, whoever works on it.
ALTER TABLE rolewright.tenant_job ADD COLUMN stopped_at timestamptz;
