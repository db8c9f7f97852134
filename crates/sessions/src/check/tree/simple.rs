//! Which queries the planner puts into those around them.

use super::{Tree, read::Item};

/// Whether a query may be put into the one around it, as the planner asks (`is_simple_subquery`); the queries of a UNION ALL are asked for
/// themselves.
pub(super) fn is_simple(tree: &Tree<'_>, query: usize) -> bool {
    let given = |(field, none): (&str, &str)| {
        let found = tree.field(query, field).map(|item| &tree.items[item]);
        found.is_some_and(|found| *found != Item::Word(none))
    };
    ![
        ("hasAggs", "false"),
        ("hasWindowFuncs", "false"),
        ("hasTargetSRFs", "false"),
        ("groupClause", "<>"),
        ("groupingSets", "<>"),
        ("havingQual", "<>"),
        ("sortClause", "<>"),
        ("distinctClause", "<>"),
        ("limitOffset", "<>"),
        ("limitCount", "<>"),
        ("cteList", "<>"),
    ]
    .into_iter()
    .any(given)
}
