/* rolewright: migrate */
-- The ids that this installation had where its database was moved and not copied: roles that bear one are its own. A move adds the
-- column itself, since it comes before the migrations.
ALTER TABLE rolewright.installation ADD COLUMN IF NOT EXISTS previous uuid[] NOT NULL DEFAULT '{}';
