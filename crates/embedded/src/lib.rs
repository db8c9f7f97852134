//! A private PostgreSQL: found, obtained, started and stopped.
