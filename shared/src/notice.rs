//! Notices (公告播报): something that callers shall hear as long as it is switched on, wherever a flow has a place for it.

use crate::flow::Phrase;
use crate::ids::NoticeId;
use serde::{Deserialize, Serialize};

/// `GET|POST|PUT /api/notices`: a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// The id, drawn by the client when it creates.
    pub id: NoticeId,
    /// The name, unique in the tenant.
    pub name: String,
    /// Whether callers hear it.
    pub on: bool,
    /// What they hear.
    pub say: Vec<Phrase>,
}
