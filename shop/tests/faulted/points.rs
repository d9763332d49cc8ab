//! The failpoints of one test at a time.

use shop::failpoints::{Point, armed};
use tokio::sync::{Mutex, MutexGuard};

static TURN: Mutex<()> = Mutex::const_new(());

/// The turn of one test; nothing fails when it ends, however it ends.
pub struct Points(#[allow(dead_code, reason = "held, not used")] MutexGuard<'static, ()>);

impl Points {
    pub async fn take() -> Self {
        Self(TURN.lock().await)
    }

    pub fn set(&self, point: Point, actions: &str) {
        armed::set(point, actions);
    }

    pub fn clear(&self) {
        armed::clear();
    }

    /// Stops whoever reaches the point as the `nth`, from 1 on, until it is let go. Everybody else passes.
    pub fn hold(&self, point: Point, nth: usize) -> Held {
        let before = if nth > 1 { format!("{}*off->", nth - 1) } else { String::new() };
        armed::set(point, &format!("{before}1*return(hold)->off"));
        Held(point)
    }
}

impl Drop for Points {
    fn drop(&mut self) {
        armed::clear();
    }
}

/// Somebody who is stopped in the middle.
pub struct Held(Point);

impl Held {
    /// Waits until they have come so far.
    pub async fn reached(&self) {
        armed::until_held(self.0).await;
    }

    pub fn go_on(self) {
        armed::set(self.0, "off");
    }
}
