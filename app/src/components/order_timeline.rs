//! How an order came to be what it is: every step that happened, and the one that is awaited. It tells
//! only what the order's own times and state prove.

use super::when::WhenForm;
use super::{Icon, IconName, When};
use crate::text::{Lang, moment, t};
use crate::visit::lang;
use leptos::prelude::*;
use shop::Timestamp;
use shop::order::{Order, OrderStatus};
use shop::refund::OrderRefunds;
use std::time::Duration;

#[component]
pub fn OrderTimeline(
    order: Order,
    /// How long a PENDING order waits for its recovery.
    recovery_delay: Duration,
) -> impl IntoView {
    let steps = steps_of(lang(), &order, recovery_delay).into_iter().map(step_view).collect_view();
    view! { <ol class="timeline">{steps}</ol> }.into_any()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Done,
    Now,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    mark: Mark,
    what: String,
    when: Option<Timestamp>,
    note: Option<String>,
}

impl Step {
    fn new(mark: Mark, what: String, when: Option<Timestamp>) -> Self {
        Self { mark, what, when, note: None }
    }

    fn noting(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }
}

fn steps_of(lang: Lang, order: &Order, recovery_delay: Duration) -> Vec<Step> {
    let amount = order.final_amount.to_string();
    let mut steps = vec![Step::new(Mark::Done, t!(lang, "step-received"), Some(order.created_at))];
    if order.paid_at.is_some() {
        steps.push(Step::new(Mark::Done, t!(lang, "step-paid", amount = amount), order.paid_at));
    }
    if order.pending_at.is_some() {
        steps.push(Step::new(Mark::Failed, t!(lang, "step-stopped"), order.pending_at));
    }
    let last = match order.status {
        OrderStatus::Reserved => Step::new(Mark::Now, t!(lang, "step-paying"), None),
        OrderStatus::Paid => Step::new(Mark::Now, t!(lang, "step-finishing"), None),
        OrderStatus::Pending => {
            let about = order.pending_at.map(|since| moment::short(lang, since.after(recovery_delay)));
            let step = Step::new(Mark::Now, t!(lang, "step-awaiting-recovery"), None);
            match about {
                Some(about) => step.noting(t!(lang, "step-awaiting-recovery-note", moment = about)),
                None => step,
            }
        }
        OrderStatus::Completed => Step::new(Mark::Done, t!(lang, "step-completed"), order.finished_at),
        OrderStatus::Failed => {
            Step::new(Mark::Done, t!(lang, "step-recovered"), order.finished_at).noting(given_back(lang, order))
        }
        OrderStatus::Expired => {
            Step::new(Mark::Failed, t!(lang, "step-expired"), order.finished_at).noting(t!(lang, "step-expired-note"))
        }
        OrderStatus::Rejected => {
            // Why is said above, with what can be done about it.
            Step::new(Mark::Failed, t!(lang, "step-rejected"), order.finished_at)
        }
        OrderStatus::PartiallyRefunded | OrderStatus::Refunded => {
            steps.push(Step::new(Mark::Done, t!(lang, "step-completed"), order.finished_at));
            let what = match order.status {
                OrderStatus::Refunded => t!(lang, "step-refunded"),
                _ => t!(lang, "step-partially-refunded"),
            };
            let when = order.refunds.as_ref().map(|refunds| refunds.last_at);
            let note = order.refunds.as_ref().map(|refunds| refunded_note(lang, order, refunds));
            Step { note, ..Step::new(Mark::Done, what, when) }
        }
    };
    steps.push(last);
    steps
}

/// What came back, as far as the order took it.
fn given_back(lang: Lang, order: &Order) -> String {
    let mut parts = Vec::new();
    if order.paid_at.is_some() {
        parts.push(t!(lang, "given-back-balance", amount = order.final_amount.to_string()));
        // Paying is what holds the coupon.
        parts.extend(order.coupon_code.as_ref().map(|code| t!(lang, "given-back-coupon", code = code.to_string())));
    }
    parts.push(t!(lang, "given-back-stock"));
    parts.join(" · ")
}

/// What was refunded: the amount, what of it waits, and the coupon when it came back too.
fn refunded_note(lang: Lang, order: &Order, refunds: &OrderRefunds) -> String {
    let mut parts = vec![t!(lang, "given-back-balance", amount = refunds.amount.to_string())];
    if refunds.owed.is_positive() {
        parts.push(t!(lang, "refund-waits", amount = refunds.owed.to_string()));
    }
    let coupon = order.coupon_code.as_ref().filter(|_| refunds.coupon_returned);
    parts.extend(coupon.map(|code| t!(lang, "given-back-coupon", code = code.to_string())));
    parts.join(" · ")
}

fn step_view(step: Step) -> AnyView {
    let (state, icon) = match step.mark {
        Mark::Done => ("done", IconName::Check),
        Mark::Now => ("now", IconName::Clock),
        Mark::Failed => ("failed", IconName::X),
    };
    view! {
        <li class="timeline-step" data-step=state>
            <span class="timeline-mark"><Icon name=icon class="icon icon-small"/></span>
            <p class="timeline-what">{step.what}</p>
            {step.when.map(|when| view! { <When moment=when form=WhenForm::Clock class="timeline-when"/> })}
            {step.note.map(|note| view! { <p class="timeline-note">{note}</p> })}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop::Won;
    use shop::id::{OrderId, UserId};

    fn order(status: OrderStatus) -> Order {
        let at = |millis| Some(Timestamp::from_millis(millis));
        let paid = !matches!(status, OrderStatus::Reserved | OrderStatus::Rejected | OrderStatus::Expired);
        let pending = matches!(status, OrderStatus::Pending | OrderStatus::Failed);
        Order {
            id: OrderId::new(Timestamp::from_millis(0), [0; 10]),
            user_id: UserId::new(1),
            status,
            total_amount: Won::new(1_000),
            discount_amount: Won::ZERO,
            final_amount: Won::new(1_000),
            coupon_code: None,
            items: Vec::new(),
            refusal: None,
            consent_notice: None,
            created_at: Timestamp::from_millis(0),
            paid_at: at(1_000).filter(|_| paid),
            pending_at: at(2_000).filter(|_| pending),
            finished_at: at(3_000).filter(|_| !status.is_unfinished()),
            refunds: None,
        }
    }

    fn marks(status: OrderStatus) -> Vec<Mark> {
        steps_of(Lang::Ko, &order(status), Duration::from_secs(60)).into_iter().map(|step| step.mark).collect()
    }

    #[test]
    fn only_an_unfinished_order_awaits_something() {
        for status in OrderStatus::ALL {
            assert_eq!(marks(status).contains(&Mark::Now), status.is_unfinished(), "{status}");
        }
    }

    #[test]
    fn a_failed_order_was_received_paid_stopped_and_given_back() {
        assert_eq!(marks(OrderStatus::Failed), [Mark::Done, Mark::Done, Mark::Failed, Mark::Done]);
        assert_eq!(marks(OrderStatus::Rejected), [Mark::Done, Mark::Failed]);
        assert_eq!(marks(OrderStatus::Completed), [Mark::Done, Mark::Done, Mark::Done]);
    }
}
