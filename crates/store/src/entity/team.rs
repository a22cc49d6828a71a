use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub name_folded: String,
    pub name_key: Vec<u8>,
    pub version: i64,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
