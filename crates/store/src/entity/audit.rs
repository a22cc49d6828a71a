use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: Option<i64>,
    pub at: i64,
    pub actor_user_id: Option<i64>,
    pub actor_email: String,
    pub action: String,
    pub target_kind: String,
    pub target_id: Option<i64>,
    pub target_label: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub place: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
