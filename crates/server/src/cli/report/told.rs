//! What the server told of a report's text, for people and for programs.

use serde::Serialize;

use super::super::Terminal;
use crate::reports::{Parameter, Verification};

/// A verification as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    columns: Vec<ToldColumn>,
    params: Vec<Parameter>,
    cost: Option<f64>,
    rows: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ToldColumn {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
}

impl From<&Verification> for Told {
    fn from(told: &Verification) -> Self {
        let column = |column: &rolewright_sessions::Column| ToldColumn {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
        };
        Self {
            columns: told.columns.iter().map(column).collect(),
            params: told.definition.params.clone(),
            cost: told.estimate.map(|estimate| estimate.cost),
            rows: told.estimate.map(|estimate| estimate.rows),
        }
    }
}

impl Told {
    /// Three lines: what comes out, what goes in, what it costs.
    pub(super) fn print(&self, terminal: &Terminal) {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{} {}", column.name, column.type_name)).collect();
        terminal.line(format_args!("  columns: {}", columns.join(", ")));
        let params: Vec<String> = self.params.iter().map(parameter).collect();
        if !params.is_empty() {
            terminal.line(format_args!("  parameters: {}", params.join(", ")));
        }
        match (self.cost, self.rows) {
            (Some(cost), Some(rows)) => {
                terminal.line(format_args!("  cost: {cost:.2}, about {rows:.0} rows"));
            }
            _ => terminal.line("  cost: not told, as it reads what hides rows from the role"),
        }
    }
}

fn parameter(param: &Parameter) -> String {
    let Parameter { name, type_name, .. } = param;
    match &param.default {
        Some(default) => format!("{name} {type_name} = {}", default.escape_debug()),
        None if param.required => format!("{name} {type_name}"),
        None => format!("{name} {type_name} = NULL"),
    }
}
