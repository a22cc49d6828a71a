use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "virtual_key")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: i64,
    pub member_id: Option<i64>,
    pub user_id: i64,
    pub name: String,
    pub name_folded: String,
    pub name_key: Vec<u8>,
    pub public_id: String,
    pub secret_hash: Vec<u8>,
    pub last_four: String,
    pub scope: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub previous_hash: Option<Vec<u8>>,
    pub previous_ends_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub requests_per_minute: Option<i64>,
    pub tokens_per_day: Option<i64>,
    pub issued_by: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
