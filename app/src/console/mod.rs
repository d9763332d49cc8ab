//! The operators' console. To anybody who is no operator it does not exist, and an operator sees what their role may
//! see: each page begins with [`require_operator`](crate::auth::require_operator), each service asks again. It is
//! written on the server alone; no browser is sent its code.

mod audit;
mod frame;
mod operators;
mod overview;

pub use audit::AuditPage;
pub use operators::OperatorsPage;
pub use overview::OverviewPage;

use crate::text::{Lang, t};
use shop::operator::OperatorRole;

/// What an operator's role is called.
fn role_name(lang: Lang, role: OperatorRole) -> String {
    match role {
        OperatorRole::Viewer => t!(lang, "role-viewer"),
        OperatorRole::Support => t!(lang, "role-support"),
        OperatorRole::Manager => t!(lang, "role-manager"),
        OperatorRole::Owner => t!(lang, "role-owner"),
    }
}
