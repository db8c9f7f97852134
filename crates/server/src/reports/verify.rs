//! Verification: does the server take a report's text, as the role that would run it? Nothing is run.

use rolewright_core::{Advice as _, Exit};
use rolewright_sessions::{
    Column, Estimate, Parameter as Told, ParameterError, QueryError, Report, RolePool,
};

use super::{Definition, Parameter, ReportError, Reports, types::agree};

/// What the server said of a report whose text it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The definition, with each parameter of the text that it does not declare added as a required one.
    pub definition: Definition,
    /// The columns of its result.
    pub columns: Vec<Column>,
    /// What the planner expects of it, where that tells nothing of rows that the role may not see.
    pub estimate: Option<Estimate>,
}

impl Reports<'_> {
    /// Asks the server whether it takes the text, and what it gives.
    ///
    /// # Errors
    /// The rule or the type that does not hold; the refusal of the text; why the connection is not open.
    pub async fn verify(&self, report: &Definition) -> Result<Verification, ReportError> {
        report.check()?;
        let pool = self.roles.role(&report.connection).await?;
        let refused = |cause| ReportError::Refused { name: report.name.clone(), cause };
        let told = match pool.verify(&with_defaults(report)).await {
            Ok(told) => told,
            Err(cause) if !may_be_a_types_fault(report, &cause) => return Err(refused(cause)),
            Err(cause) => {
                return Err(mismatch_without(&pool, report).await.unwrap_or_else(|| refused(cause)));
            }
        };
        if let Some(error) = unused(report, &told.params).or_else(|| mismatch(report, &told.params)) {
            return Err(error);
        }
        let undeclared =
            told.params.iter().filter(|told| report.params.iter().all(|own| own.name != told.name));
        let mut definition = report.clone();
        definition.params.extend(undeclared.map(|told| Parameter::required(&told.name, &told.type_name)));
        Ok(Verification { definition, columns: told.columns, estimate: told.estimate })
    }
}

/// Only an answer of the server, to a declared type that exists, can be such a type's fault.
fn may_be_a_types_fault(report: &Definition, cause: &QueryError) -> bool {
    let nameless = matches!(cause, QueryError::Parameter(ParameterError::NoSuchType { .. }));
    !report.params.is_empty() && !nameless && cause.exit() != Exit::Unavailable
}

/// The text with its declared types and no values.
pub(super) fn declared(report: &Definition) -> Report {
    let text = Report::new(&report.text).limits(report.limits());
    report.params.iter().fold(text, |text, param| text.declare(&param.name, &param.type_name))
}

/// The same with its defaults, which the server reads as their types.
fn with_defaults(report: &Definition) -> Report {
    let given = report.params.iter().filter(|param| !param.required);
    given.fold(declared(report), |text, param| text.bind(&param.name, param.default.clone()))
}

/// Where the text passes without the declared types, the one that is to blame.
async fn mismatch_without(pool: &RolePool, report: &Definition) -> Option<ReportError> {
    let told = pool.verify(&Report::new(&report.text)).await.ok()?;
    unused(report, &told.params).or_else(|| mismatch(report, &told.params))
}

fn unused(report: &Definition, told: &[Told]) -> Option<ReportError> {
    let own = report.params.iter().find(|own| told.iter().all(|told| told.name != own.name))?;
    Some(ReportError::Unused { name: report.name.clone(), parameter: own.name.clone() })
}

fn mismatch(report: &Definition, told: &[Told]) -> Option<ReportError> {
    told.iter().find_map(|told| {
        let own = report.params.iter().find(|own| own.name == told.name)?;
        (!agree(&own.type_name, &told.type_name)).then(|| ReportError::Mismatch {
            name: report.name.clone(),
            parameter: own.name.clone(),
            declared: own.type_name.clone(),
            told: told.type_name.clone(),
        })
    })
}
