//! Running a stored report: its values are checked against its parameters, defaults fill the gaps, the sandbox does the rest.

use std::collections::BTreeMap;

use rolewright_sessions::{Param, ParameterError, Report, Rows, Tenant, TenantQueryError};

use super::{Definition, ReportError, ReportName, Reports, Which, verify::declared};

impl Reports<'_> {
    /// Runs a version of a report as the role of its connection.
    ///
    /// # Errors
    /// Which parameter is missing, unknown, or of another type; else as the sandbox says.
    pub async fn run(
        &self,
        name: &ReportName,
        which: Which,
        values: impl IntoIterator<Item = (String, Param)>,
    ) -> Result<Rows, ReportError> {
        let report = self.get(name, which).await?.definition;
        let bound = bind(&report, values.into_iter().collect())?;
        let pool = self.roles.role(&report.connection).await?;
        Ok(pool.query(&bound).await?)
    }

    /// Runs a version of a report as a tenant, on the login of that tenant's own reports, whatever its connection is: one text for every
    /// tenant, each of which reads its own schema by it.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where the tenant is not to be worked for.
    pub async fn run_as(
        &self,
        tenant: &Tenant,
        name: &ReportName,
        which: Which,
        values: impl IntoIterator<Item = (String, Param)>,
    ) -> Result<Rows, ReportError> {
        let report = self.get(name, which).await?.definition;
        let bound = bind(&report, values.into_iter().collect())?;
        tenant.query(&bound).await.map_err(|error| match error {
            TenantQueryError::Tenant(error) => error.into(),
            TenantQueryError::Query(error) => error.into(),
        })
    }
}

/// The text with a value for every parameter.
fn bind(report: &Definition, mut values: BTreeMap<String, Param>) -> Result<Report, ParameterError> {
    let unknown: Vec<String> = values
        .keys()
        .filter(|name| report.params.iter().all(|param| param.name != **name))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(ParameterError::Unknown(unknown));
    }
    let (mut bound, mut missing) = (declared(report), Vec::new());
    for param in &report.params {
        match values.remove(&param.name) {
            Some(value) => bound = bound.bind(&param.name, value),
            None if param.required => missing.push(param.name.clone()),
            None => bound = bound.bind(&param.name, param.default.clone()),
        }
    }
    if missing.is_empty() { Ok(bound) } else { Err(ParameterError::Missing(missing)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::Parameter;

    #[test]
    fn defaults_fill_the_gaps_and_the_rest_is_named() {
        let report = Definition::new("r".parse().unwrap(), "c", "select :a, :b, :c")
            .param(Parameter::required("a", "date"))
            .param(Parameter::optional("b", "int", Some("7")))
            .param(Parameter::optional("c", "int", None));
        let values =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Param::from("1"))).collect();
        let bound = bind(&report, values(&["a"])).unwrap();
        let texts: Vec<_> = bound.params.values().map(Param::as_text).collect();
        assert_eq!(texts, [Some("1"), Some("7"), None]);
        assert_eq!(bind(&report, values(&["b"])).unwrap_err(), ParameterError::Missing(vec!["a".to_owned()]));
        let unknown = bind(&report, values(&["a", "d", "e"])).unwrap_err();
        assert_eq!(unknown, ParameterError::Unknown(vec!["d".to_owned(), "e".to_owned()]));
    }
}
