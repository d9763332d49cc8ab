//! Why a shopper may neither order nor claim for a while (SPEC §9), and until when: so that a page switches
//! its button off with the reason, rather than let it fail.

use crate::flash::{Flash, Note};
use crate::text::{Lang, moment};
use crate::visit::shop;
use shop::Timestamp;
use shop::id::UserId;

/// Refused too often in a row, or asked too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    Blocked { until: Timestamp },
    Limited { until: Timestamp },
}

impl Pause {
    /// A block stands in the shop's books. A limit is known only from the answer to a form, which `flash`
    /// brings; so it is forgotten on a reload, and the shop says it again.
    pub fn find(blocked_until: Option<Timestamp>, flash: &Flash, form: &str) -> Option<Self> {
        let limited = match &flash.note {
            Some(Note::RateLimited { until }) if flash.form == form => Some(Pause::Limited { until: *until }),
            _ => None,
        };
        let pause = blocked_until.map(|until| Pause::Blocked { until }).or(limited)?;
        (pause.until() > shop().now()).then_some(pause)
    }

    pub fn until(self) -> Timestamp {
        match self {
            Pause::Blocked { until } | Pause::Limited { until } => until,
        }
    }

    /// When it ends, as exactly as it matters.
    pub fn until_text(self, lang: Lang) -> String {
        match self {
            Pause::Blocked { until } => moment::near(lang, until, shop().now()),
            Pause::Limited { until } => moment::clock_in_seoul(lang, until),
        }
    }
}

/// Until when this shopper may neither order nor claim.
///
/// # Errors
/// The shop could not tell.
pub async fn blocked_until(user: UserId) -> Result<Option<Timestamp>, shop::Error> {
    match shop::limits::check_block(&shop(), user).await {
        Ok(()) => Ok(None),
        Err(shop::Error::Blocked { retry_after }) => Ok(Some(shop().now().after(retry_after))),
        Err(error) => Err(error),
    }
}
