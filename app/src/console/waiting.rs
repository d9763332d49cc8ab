//! The words for an order that waits: why, how often it was tried, what happens next, and who is at it.

use crate::components::sentence_with;
use crate::text::{Lang, moment, t};
use leptos::prelude::*;
use shop::ports::{HeldBy, LockHolder};
use shop::recovery::{NextTry, QueueCause, Tries, TryError};

pub fn cause_name(lang: Lang, cause: QueueCause) -> String {
    match cause {
        QueueCause::Pay => t!(lang, "cause-pay"),
        QueueCause::Confirm => t!(lang, "cause-confirm"),
        QueueCause::Stalled => t!(lang, "cause-stalled"),
        QueueCause::Overdue => t!(lang, "cause-overdue"),
        QueueCause::Other => t!(lang, "cause-other"),
    }
}

pub fn error_name(lang: Lang, error: TryError) -> String {
    match error {
        TryError::Database => t!(lang, "try-database"),
        TryError::Uncertain => t!(lang, "try-uncertain"),
        TryError::Away => t!(lang, "try-away"),
        TryError::Broken => t!(lang, "try-broken"),
        TryError::Other => t!(lang, "try-other"),
    }
}

pub fn tries_text(lang: Lang, tries: Tries) -> String {
    let (when, error) = (moment::clock_seconds(tries.last_at), error_name(lang, tries.last_error));
    t!(lang, "tries-failed", count = tries.failed, error = error, when = when)
}

pub fn next_try_text(lang: Lang, next: NextTry) -> AnyView {
    match next {
        NextTry::At(moment) => sentence_with(moment, |when| t!(lang, "next-try-at", when = when)),
        NextTry::AtTheNextTurn => t!(lang, "next-try-soon").into_any(),
    }
}

pub fn holder_text(lang: Lang, holder: &LockHolder) -> String {
    match &holder.held_by {
        HeldBy::ThisInstance => t!(lang, "held-here"),
        HeldBy::Instance(name) => t!(lang, "held-by", name = name.clone()),
        HeldBy::Unnamed => t!(lang, "held-by-another"),
    }
}
