use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub name_folded: String,
    pub name_key: Vec<u8>,
    pub slug: String,
    pub api_type: String,
    pub base_url: String,
    pub description: String,
    pub credential_sealed: Option<Vec<u8>>,
    pub status: String,
    pub version: i64,
    pub created_at: i64,
    pub models_at: Option<i64>,
    pub last_success_at: Option<i64>,
    pub last_error_at: Option<i64>,
    pub last_error: Option<String>,
    pub api_version: String,
    pub entered_models: String,
    pub models_off: String,
}

impl ActiveModelBehavior for ActiveModel {}
