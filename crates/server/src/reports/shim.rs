//! Stands in for what the sandbox is about to offer itself: declared types, and verification without a run.

use rolewright_sessions::{Column, Param, ParameterError, QueryError, Report, RolePool, Rows};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) type_name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verified {
    pub(crate) columns: Vec<Column>,
    pub(crate) params: Vec<Parameter>,
    pub(crate) cost: f64,
    pub(crate) rows: f64,
}

pub(crate) trait Declare {
    fn declare(self, name: impl Into<String>, type_name: impl Into<String>) -> Self;
}

impl Declare for Report {
    fn declare(self, name: impl Into<String>, type_name: impl Into<String>) -> Self {
        let (text, name, type_name) = (self.text.clone(), name.into(), type_name.into());
        let mut new = self;
        new.text = text.replace(&format!(":{name}"), &format!("(:{name}::{type_name})"));
        new
    }
}

pub(crate) trait Verify {
    async fn verify(&self, report: &Report) -> Result<Verified, QueryError>;
}

impl Verify for RolePool {
    async fn verify(&self, report: &Report) -> Result<Verified, QueryError> {
        let mut asked = report.clone();
        let mut params = Vec::new();
        match self.query(&asked).await {
            Ok(rows) => return Ok(verified(&rows, params)),
            Err(QueryError::Parameter(ParameterError::Missing(names))) => {
                for name in names {
                    asked = asked.bind(&name, Param::NULL);
                    params.push(Parameter { name, type_name: String::new() });
                }
            }
            Err(error) => return Err(error),
        }
        let rows = self.query(&asked).await?;
        for param in &mut params {
            param.type_name = infer(self, &asked, &param.name).await;
        }
        Ok(verified(&rows, params))
    }
}

/// The type of a parameter, by what it is called when a value is none of it.
async fn infer(pool: &RolePool, report: &Report, name: &str) -> String {
    // What `declare` has written down before.
    let cast = format!("(:{name}::");
    if let Some((_, rest)) = report.text.split_once(&cast) {
        return rest.split(')').next().unwrap_or_default().to_owned();
    }
    let asked = report.clone().bind(name, "\u{1}none of it");
    let outcome = match pool.query(&asked).await {
        Ok(mut rows) => rows.collect().await.map(drop),
        Err(error) => Err(error),
    };
    match outcome {
        Err(QueryError::Parameter(ParameterError::Invalid { type_name, .. })) => type_name,
        _ => "text".to_owned(),
    }
}

fn verified(rows: &Rows, params: Vec<Parameter>) -> Verified {
    Verified { columns: rows.columns().to_vec(), params, cost: 1.0, rows: 1.0 }
}
