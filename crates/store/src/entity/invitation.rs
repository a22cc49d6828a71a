use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: i64,
    pub member_id: Option<i64>,
    pub email: String,
    pub email_identity: String,
    pub role: String,
    pub token_hash: Vec<u8>,
    pub token_sealed: Vec<u8>,
    pub state: String,
    pub invited_by: Option<i64>,
    pub created_at: i64,
    pub expires_at: i64,
    pub accepted_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}
