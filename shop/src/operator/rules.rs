//! Who may become what.

use super::model::OperatorRole;
use crate::error::Error;
use crate::id::UserId;

/// What must be known before somebody's role among operators changes.
#[derive(Clone, Debug)]
pub struct RoleSnapshot {
    pub user_id: UserId,
    /// Owners who can act: open accounts that are not frozen.
    pub owners: Vec<UserId>,
}

/// Whether this account may become this; `None`: no operator any more, or kept out. The last owner stays, or nobody
/// could ever make another.
///
/// # Errors
/// `LastOwner`.
pub fn decide_role(snapshot: &RoleSnapshot, wanted: Option<OperatorRole>) -> Result<(), Error> {
    let stays = wanted == Some(OperatorRole::Owner);
    if !stays && snapshot.owners == [snapshot.user_id] { Err(Error::LastOwner) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_owner_stays() {
        let (me, other) = (UserId::new(1), UserId::new(2));
        let owner = Some(OperatorRole::Owner);
        let table = [
            (vec![me], None, false),
            (vec![me], Some(OperatorRole::Manager), false),
            (vec![me], owner, true),
            (vec![me, other], None, true),
            (vec![me, other], Some(OperatorRole::Viewer), true),
            (vec![other], None, true),
            (vec![], owner, true),
        ];
        for (owners, wanted, good) in table {
            let snapshot = RoleSnapshot { user_id: me, owners };
            assert_eq!(decide_role(&snapshot, wanted).is_ok(), good, "{snapshot:?} to {wanted:?}");
        }
    }
}
