//! Stands in for what the sandbox is about to offer itself: declared types, and verification without a run.

use rolewright_sessions::{Column, Param, QueryError, Report, RolePool};

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
        let names = loop {
            match self.query(&asked).await {
                Ok(rows) => {
                    let columns = rows.columns().to_vec();
                    let params = asked.params.keys().map(|name| {
                        let at = asked.text.find(&format!("(:{name}::")).map(|at| at + name.len() + 4);
                        let type_name =
                            at.and_then(|at| asked.text[at..].split(')').next()).unwrap_or("date");
                        Parameter { name: name.clone(), type_name: type_name.to_owned() }
                    });
                    return Ok(Verified { columns, params: params.collect(), cost: 1.0, rows: 1.0 });
                }
                Err(QueryError::Parameter(rolewright_sessions::ParameterError::Missing(names))) => {
                    break names;
                }
                Err(error) => return Err(error),
            }
        };
        for name in names {
            asked = asked.bind(name, Param::NULL);
        }
        Box::pin(self.verify(&asked)).await
    }
}
