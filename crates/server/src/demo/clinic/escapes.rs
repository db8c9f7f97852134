//! Escape attempts for the demo: what a report's author might try, each of which must be refused.

/// One attempt to get more than a report may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escape {
    /// What it tries, for people.
    pub(crate) title: &'static str,
    /// The configured connection it is tried on: `reporting` or `raw`.
    pub(crate) connection: &'static str,
    /// The text, as a report's author would save it.
    pub(crate) sql: &'static str,
}

/// The attempts; the first three are of three kinds, for a short list.
pub(crate) const ESCAPES: [Escape; 9] = [
    Escape {
        title: "go back to the owner's role, then delete",
        connection: "reporting",
        sql: "RESET ROLE; DELETE FROM public.patients",
    },
    Escape {
        title: "delete from inside a query",
        connection: "raw",
        sql: "WITH d AS (DELETE FROM public.patients RETURNING *) SELECT count(*) FROM d",
    },
    Escape {
        title: "read the tokens of logins",
        connection: "raw",
        sql: "SELECT user_id, token FROM public.user_tokens",
    },
    Escape {
        title: "end the transaction, then write",
        connection: "raw",
        sql: "COMMIT; UPDATE public.invoices SET status = 'paid'",
    },
    Escape {
        title: "read password hashes from a table that is otherwise readable",
        connection: "raw",
        sql: "SELECT email, password FROM public.users",
    },
    Escape {
        title: "become the superuser by a setting",
        connection: "reporting",
        sql: "SELECT set_config('role', 'postgres', false)",
    },
    Escape {
        title: "hide a write in a code block",
        connection: "raw",
        sql: "DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; DELETE FROM public.allergies; END $$",
    },
    Escape {
        title: "read patients as the role of dashboards",
        connection: "reporting",
        sql: "SELECT given_name, family_name FROM public.patients",
    },
    Escape {
        title: "read the secret that all passwords come from",
        connection: "raw",
        sql: "SELECT * FROM rolewright.local_system_secrets",
    },
];
