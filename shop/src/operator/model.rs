//! Roles of operators, and what each may do.

use serde::{Deserialize, Serialize};

/// What an operator is here for. Each may do all that the ones before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorRole {
    /// Looks at figures and states, at nobody's personal data.
    Viewer,
    /// Helps shoppers.
    Support,
    /// Runs the shop: goods, coupons, money.
    Manager,
    /// Says who else is an operator.
    Owner,
}

impl OperatorRole {
    pub const ALL: [OperatorRole; 4] =
        [OperatorRole::Viewer, OperatorRole::Support, OperatorRole::Manager, OperatorRole::Owner];

    pub fn as_str(self) -> &'static str {
        match self {
            OperatorRole::Viewer => "viewer",
            OperatorRole::Support => "support",
            OperatorRole::Manager => "manager",
            OperatorRole::Owner => "owner",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// One thing that operators do. Every service of the console asks for one of these first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the console: figures, states, orders without their shoppers.
    SeeConsole,
    /// See who a shopper is, and what operators wrote about orders; each look at a person is a row of the log.
    SeePeople,
    /// Write notes about orders.
    NoteOrders,
    /// Recover orders that did not come through, as soon as the shop itself may.
    RecoverOrders,
    /// See the log of what operators did.
    SeeAuditLog,
    /// Keep an alert from telling anybody for a while.
    SilenceAlerts,
    /// See and change who is an operator.
    ManageOperators,
    /// Give completed orders back.
    RefundOrders,
    /// Keep a person out and let them in again, and end a block early. A brake that must be at hand when an account is
    /// taken over at night; it takes nothing from anybody and is undone by the same hand. Of another operator only an
    /// owner does it.
    FreezePeople,
    /// Change what a wallet holds, and decide what another operator proposed.
    AdjustWallets,
    /// Make, change, retire products and move their stock.
    EditProducts,
    /// Plan, change, stop coupon campaigns.
    EditCoupons,
    /// Have events sent once more.
    ReplayEvents,
}

impl Permission {
    pub const ALL: [Permission; 13] = [
        Permission::SeeConsole,
        Permission::SeePeople,
        Permission::NoteOrders,
        Permission::RecoverOrders,
        Permission::SeeAuditLog,
        Permission::RefundOrders,
        Permission::SilenceAlerts,
        Permission::ManageOperators,
        Permission::FreezePeople,
        Permission::AdjustWallets,
        Permission::EditProducts,
        Permission::EditCoupons,
        Permission::ReplayEvents,
    ];

    /// The first role that may.
    pub fn least_role(self) -> OperatorRole {
        match self {
            Permission::SeeConsole => OperatorRole::Viewer,
            Permission::SeePeople | Permission::NoteOrders | Permission::RecoverOrders | Permission::FreezePeople => {
                OperatorRole::Support
            }
            Permission::SeeAuditLog
            | Permission::RefundOrders
            | Permission::SilenceAlerts
            | Permission::AdjustWallets
            | Permission::EditProducts
            | Permission::EditCoupons
            | Permission::ReplayEvents => OperatorRole::Manager,
            Permission::ManageOperators => OperatorRole::Owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_the_ones_before_it_may_and_only_an_owner_everything() {
        for permission in Permission::ALL {
            let may: Vec<bool> = OperatorRole::ALL.iter().map(|role| role.may(permission)).collect();
            assert!(may.is_sorted(), "{permission:?}: {may:?}");
            assert!(OperatorRole::Owner.may(permission), "{permission:?}");
        }
        assert!(OperatorRole::Viewer.may(Permission::SeeConsole));
        assert!(!OperatorRole::Support.may(Permission::SeeAuditLog));
        assert!(!OperatorRole::Manager.may(Permission::ManageOperators));
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in OperatorRole::ALL {
            assert_eq!(OperatorRole::from_text(role.as_str()), Some(role));
        }
        assert_eq!(OperatorRole::from_text("root"), None);
    }
}
