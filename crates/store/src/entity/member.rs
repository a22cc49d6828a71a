use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: i64,
    pub user_id: Option<i64>,
    pub email: String,
    pub email_identity: String,
    pub name: String,
    pub name_key: Option<Vec<u8>>,
    pub role: String,
    pub status: String,
    pub expires_at: Option<i64>,
    pub last_login_at: Option<i64>,
    pub search_text: String,
    pub key_count: i64,
    pub allowed_until: Option<i64>,
    pub version: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
