use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_grant")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_id: i64,
    pub granted_by: Option<i64>,
    pub granted_at: i64,
    pub ends_at: Option<i64>,
    pub end_reason: Option<String>,
    pub models: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
