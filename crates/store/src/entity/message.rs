use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub conversation_id: i64,
    pub role: String,
    pub content: String,
    pub content_folded: String,
    pub state: String,
    pub problem: Option<String>,
    pub provider_name: String,
    pub model: String,
    pub created_at: i64,
    pub writing_until: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
