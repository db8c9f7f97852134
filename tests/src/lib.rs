//! A real PostgreSQL, a non-superuser core role and a fresh database for each test.
