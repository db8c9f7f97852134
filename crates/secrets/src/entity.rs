//! The table `rolewright.local_system_secrets` as sea-orm sees it: for the store alone, because a row read past the
//! store may hold a legacy value in clear.

#![expect(unreachable_pub, reason = "the derive macros make public items, and the module is private")]

use std::fmt;

use sea_orm::entity::prelude::*;

/// One row. Its `Debug` leaves the value out.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(schema_name = "rolewright", table_name = "local_system_secrets")]
pub struct Model {
    /// The secret's name.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// The sealed text, or a legacy value.
    pub value: StoredText,
    /// When it was first set.
    pub created_at: TimeDateTimeWithTimeZone,
    /// When it was last set.
    pub updated_at: TimeDateTimeWithTimeZone,
}

/// No table refers to this one, and it refers to none.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("key", &self.key).field("value", &self.value).finish_non_exhaustive()
    }
}

/// What the column `value` holds. Prints as `***`.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
#[sea_orm(column_type = "Text")]
pub struct StoredText(pub String);

impl fmt::Debug for StoredText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredText(***)")
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::Set;

    use super::*;

    #[test]
    fn debug_shows_the_marker_and_not_the_value() {
        let model = Model {
            key: "name".to_owned(),
            value: StoredText("canary".to_owned()),
            created_at: TimeDateTimeWithTimeZone::UNIX_EPOCH,
            updated_at: TimeDateTimeWithTimeZone::UNIX_EPOCH,
        };
        let active = ActiveModel { value: Set(StoredText("canary".to_owned())), ..Default::default() };
        let shown = format!("{model:?} {active:?}");
        assert!(shown.contains("***"));
        assert!(!shown.contains("canary"));
    }
}
