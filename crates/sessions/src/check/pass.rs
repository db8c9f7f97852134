//! One check from the text to the verdict: parsed, its facts gathered, judged; and once more, so that nothing changed
//! under it.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Statement};

use super::{
    Checked, Inner, Question,
    denial::Denial,
    facts::{self, Facts, LoadError},
    guard::Guard,
    judge,
    parse::{self, Begun},
    tree::{self, Body, NotOne, Target, Tree, TreeError, TypeOf},
    words::{Words, words},
};
use crate::{Column, QueryError, Refusal, types::TypeName};

/// How often a check begins anew because the catalogs changed under it.
const ATTEMPTS: usize = 3;

/// A text search's configuration, which a parameter may be where it is used as such.
const REGCONFIG: u32 = 3734;

/// What a text was found to be. Not the tree itself, which holds the moment of a constant such as `'now'::timestamptz`.
#[derive(PartialEq)]
struct Found {
    mentions: tree::Mentions,
    conditions: tree::Conditions,
    targets: Vec<Target>,
    facts: Facts,
    /// How often the planner would copy the value of each parameter.
    copies: Vec<u64>,
    own: bool,
}

impl Inner {
    pub(super) async fn check(&self, question: &Question<'_>) -> Result<Checked, QueryError> {
        if let Some(refusal) = parse::too_many(question.template) {
            return Err(refusal.into());
        }
        let mut session = self.sessions.get().await?;
        let prepared = session.guard()?;
        let outcome = self.on(session.work()?, &prepared, question).await;
        // Whatever it found, its transaction ends when the session is scrubbed; one that was lost is thrown away.
        if !matches!(outcome, Err(QueryError::Lost { .. })) {
            session.rest();
        }
        outcome
    }

    async fn on(
        &self,
        client: &Client,
        prepared: &Statement,
        question: &Question<'_>,
    ) -> Result<Checked, QueryError> {
        let types = self
            .sessions
            .types
            .look_up(client, question.param_types)
            .await
            .map_err(|error| QueryError::of_driver(&error))?;
        let Words { mut names, all } = words(question.template.text());
        names.extend(question.search_path.iter().map(|name| name.as_str().to_owned()));
        for _ in 0..ATTEMPTS {
            let first = look(client, question, &types).await?;
            let objects = first.facts.objects(&first.mentions);
            // What is read and called is judged by its schema's name, which may change though the text does not have it.
            let names = names.iter().cloned().chain(first.facts.schemas()).collect();
            let (words, role) = (Words { names, all }, &question.policy.role);
            let guard = Guard::take(client, prepared, &objects, &words, role)
                .await
                .map_err(|error| QueryError::of_driver(&error))?;
            let second = look(client, question, &types).await?;
            let again = Guard::take(client, prepared, &objects, &words, role)
                .await
                .map_err(|error| QueryError::of_driver(&error))?;
            if guard == again && first == second {
                let columns = self.columns(client, &second).await?;
                let settings = asked(&judge::settled(&second.mentions, &second.facts));
                return Ok(Checked { columns, copies: second.copies, own: second.own, settings, guard });
            }
        }
        Err(QueryError::Lost { cause: "the database's objects keep changing under the check".to_owned() })
    }

    async fn columns(&self, client: &Client, found: &Found) -> Result<Vec<Column>, QueryError> {
        let oid = |target: &Target| match target.of {
            TypeOf::Oid(oid) => oid,
            // An array of arrays is the same array type.
            TypeOf::ArrayOf(element) => found
                .facts
                .types
                .get(&element)
                .map_or(element, |fact| if fact.array == 0 { element } else { fact.array }),
        };
        let oids: Vec<u32> = found.targets.iter().map(oid).collect();
        let names = self
            .sessions
            .types
            .look_up(client, &oids)
            .await
            .map_err(|error| QueryError::of_driver(&error))?;
        let column = |((target, oid), known): ((&Target, &u32), TypeName)| Column {
            name: target.name.clone(),
            type_name: known.display,
            oid: *oid,
        };
        Ok(found.targets.iter().zip(&oids).zip(names).map(column).collect())
    }
}

/// Parses the text in a transaction of its own, gathers what is behind it, and judges that.
async fn look(client: &Client, question: &Question<'_>, types: &[TypeName]) -> Result<Found, QueryError> {
    let name = format!("r_{}", uuid::Uuid::new_v4().simple());
    let rendered = parse::statement(question.template, types, &name);
    match parse::begin(client, question).await.map_err(|error| QueryError::of_driver(&error))? {
        Begun::AsTheRole => {}
        Begun::NoRole => return Err(unknown(format!("there is no role {}", question.policy.role)).into()),
        Begun::Shut { schema } => return Err(Refusal::from(Denial::Shut { schema }).into()),
    }
    let parsed = parse::parse(client, &rendered, &name).await;
    let parsed = parsed.map_err(|error| parse::refusal(&error, question.template, &rendered))?;
    let Some(text) = parsed else { return Err(Refusal::from(Denial::TooLarge).into()) };
    let tree = Tree::read(&text).map_err(|error| Refusal::from(Denial::from(error)))?;
    let (mut mentions, conditions, targets) = read(&tree)?;
    // The server reads a parameter's value though its parser has left the parameter out.
    mentions.types.extend(question.param_types.iter().filter(|oid| **oid != REGCONFIG));
    let elements: BTreeSet<u32> = targets
        .iter()
        .filter_map(|target| match target.of {
            TypeOf::ArrayOf(element) => Some(element),
            TypeOf::Oid(_) => None,
        })
        .collect();
    let facts = facts::load(client, &mentions, &conditions, &elements, &question.policy.role).await.map_err(
        |error| match error {
            LoadError::Sql(error) => QueryError::of_driver(&error),
            LoadError::Tree(why) => Refusal::from(Denial::from(why)).into(),
        },
    )?;
    let copies = tree::bounded(&tree, &facts, question.param_types.len())
        .map_err(|why| Refusal::from(Denial::from(why)))?;
    judge::judge(&mentions, &conditions, &facts, question.policy).map_err(Refusal::from)?;
    let own = judge::reads_its_own(&mentions, &facts);
    let end = client.batch_execute("/* rolewright: check */ ROLLBACK").await;
    end.map_err(|error| QueryError::of_driver(&error))?;
    Ok(Found { mentions, conditions, targets, facts, copies, own })
}

fn read(tree: &Tree<'_>) -> Result<(tree::Mentions, tree::Conditions, Vec<Target>), Refusal> {
    let query = tree::body(tree, Body::Function).map_err(|error| match error {
        NotOne::Several => Refusal::SeveralStatements,
        error => Denial::from(error).into(),
    })?;
    let found = || {
        let conditions = tree::conditions(tree, query)?;
        Ok((tree::mentions(tree)?, conditions, tree::targets(tree, query)?))
    };
    found().map_err(|error: TreeError| Denial::from(error).into())
}

/// These expressions as one query.
fn asked(settled: &BTreeSet<String>) -> Option<String> {
    let all: Vec<&str> = settled.iter().map(String::as_str).collect();
    (!all.is_empty()).then(|| format!("/* rolewright: settings */ SELECT {}", all.join(", ")))
}

fn unknown(what: String) -> Refusal {
    Denial::Unknown { what }.into()
}
