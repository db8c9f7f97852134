//! What sorts, compares and hashes behind the back of a text: the functions of a user-made operator class.

use rolewright_core::pattern::Read;

use super::fixture::Ground;

/// Only a superuser may make an operator class.
const MAKE: &str = "CREATE TYPE public.grade AS (n int);
    CREATE FUNCTION public.grade_lt(public.grade, public.grade) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n < ($2).n';
    CREATE FUNCTION public.grade_le(public.grade, public.grade) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n <= ($2).n';
    CREATE FUNCTION public.grade_eq(public.grade, public.grade) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n = ($2).n';
    CREATE FUNCTION public.grade_ge(public.grade, public.grade) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n >= ($2).n';
    CREATE FUNCTION public.grade_gt(public.grade, public.grade) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n > ($2).n';
    CREATE FUNCTION public.grade_cmp(public.grade, public.grade) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).n - ($2).n';
    CREATE OPERATOR public.<# (LEFTARG = public.grade, RIGHTARG = public.grade, FUNCTION = public.grade_lt);
    CREATE OPERATOR public.<=# (LEFTARG = public.grade, RIGHTARG = public.grade, FUNCTION = public.grade_le);
    CREATE OPERATOR public.=# (LEFTARG = public.grade, RIGHTARG = public.grade, FUNCTION = public.grade_eq, MERGES);
    CREATE OPERATOR public.>=# (LEFTARG = public.grade, RIGHTARG = public.grade, FUNCTION = public.grade_ge);
    CREATE OPERATOR public.># (LEFTARG = public.grade, RIGHTARG = public.grade, FUNCTION = public.grade_gt);
    CREATE OPERATOR CLASS public.grade_ops DEFAULT FOR TYPE public.grade USING btree AS OPERATOR 1 public.<#, OPERATOR 2 public.<=#,
        OPERATOR 3 public.=#, OPERATOR 4 public.>=#, OPERATOR 5 public.>#, FUNCTION 1 public.grade_cmp(public.grade, public.grade);
    CREATE TABLE public.graded (id int, g public.grade)";

#[tokio::test]
async fn the_functions_of_a_users_operator_class_are_listed_or_refused() {
    let ground = Ground::new().await;
    sqlx::raw_sql(MAKE).execute(&ground.db.admin()).await.unwrap();
    let mut policy = ground.raw.clone();
    for name in ["grade_lt", "grade_le", "grade_eq", "grade_ge", "grade_gt"] {
        policy.functions.push(Read::parse(&format!("public.{name}")).unwrap());
    }
    let before = policy.clone();
    policy.functions.push(Read::parse("public.grade_cmp").unwrap());
    for text in [
        "SELECT id FROM graded ORDER BY g",
        "SELECT id FROM graded ORDER BY g USING OPERATOR(public.>#)",
        "SELECT DISTINCT g FROM graded",
        "SELECT g, count(*) FROM graded GROUP BY g",
        "SELECT row_number() OVER (PARTITION BY g ORDER BY id) FROM graded",
        "SELECT array_agg(id ORDER BY g) FROM graded",
        "SELECT count(DISTINCT g) FROM graded",
        "SELECT g FROM graded UNION SELECT g FROM graded",
        "SELECT a.id FROM graded a JOIN graded b ON a.g OPERATOR(public.=#) b.g",
    ] {
        let said = ground.check(&before, text).await.expect_err(text).to_string();
        assert!(said.contains("a report may not call public.grade_cmp"), "{text}: {said}");
        if let Err(error) = ground.check(&policy, text).await {
            panic!("{text}: {error}");
        }
    }
    assert!(ground.check(&before, "SELECT id, g FROM graded ORDER BY id").await.is_ok());
    ground.end().await;
}
