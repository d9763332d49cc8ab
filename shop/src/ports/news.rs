//! What one instance tells all others at once, so that none of them answers from an old memory. Whoever misses
//! the news still forgets by age: the news make it sooner, they do not make it true.

use crate::id::UserId;
use async_trait::async_trait;

/// Called for each account that has changed.
pub type Forget = Box<dyn Fn(UserId) + Send + Sync>;

#[async_trait]
pub trait News: Send + Sync {
    /// Tells every other instance that what it remembers of this account is old.
    async fn tell_changed(&self, user: UserId);

    /// From now on calls `forget` with every account that an instance has told of.
    fn on_changed(&self, forget: Forget);
}
