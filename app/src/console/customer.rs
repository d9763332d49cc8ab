//! One account, made to be read to its owner: what the wallet holds, every posting with what caused it, what still
//! waits; and what operators can do about it. Opening it is a look at a person, and a row of the log.

use super::adjustments::{amount_text, decision_forms, proposal_state};
use super::audit::{act_name, changes};
use super::customers::state_badge;
use super::entry::escaped;
use super::frame::{ConsoleFrame, Part};
use super::order_link;
use crate::auth::require_operator;
use crate::components::{Owner, Pager, Sum, Total, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, moment, t, words};
use crate::visit::{Query, Visit, new_request_id, path_with, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::Timestamp;
use shop::adjustment::{Adjustment, AdjustmentState};
use shop::id::UserId;
use shop::operator::store::AuditRow;
use shop::operator::{Operator, Permission};
use shop::page::{Page, PageLimit, Slice};
use shop::user::console::detail::{find_customer, list_statement};
use shop::user::console::model::{CustomerDetail, CustomerState, PostingCause, StatementLine};
use shop::user::{Language, Role};
use shop::wallet::PostingType;

#[component]
pub fn CustomerPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    page(customer(id))
}

async fn customer(id: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Customers.permission()).await?;
    let id: UserId = id.parse().map(UserId::new).map_err(|_| Stop::NotFound)?;
    let cursor = Query::of_request().get("cursor").map(str::to_owned);
    let asked = Page { limit: PageLimit::DEFAULT, cursor: cursor.clone() };
    let detail = find_customer(&shop(), &operator, id).await?.ok_or(Stop::NotFound)?;
    let statement = list_statement(&shop(), &operator, id, &asked).await?;
    let visit = Visit::begin().await;
    let lang = visit.lang;
    let title = t!(lang, "customer-number", id = id.to_string());
    let parts = [
        who(lang, &detail),
        wallet(lang, &operator, &detail),
        statement_of(lang, id, statement, cursor.is_some()),
        held(lang, &detail),
        acts_about(lang, detail.acts.clone()),
        adjust(&visit, &operator, &detail).into_any(),
        keep_out(lang, &operator, &detail).into_any(),
    ];
    Ok(view! {
        <ConsoleFrame operator part=Part::Customers title>
            {parts.into_iter().collect_view()}
        </ConsoleFrame>
    }
    .into_any())
}

/// The page of an account.
pub(super) fn path_of(id: UserId) -> String {
    format!("/admin/customers/{id}")
}

fn who(lang: Lang, detail: &CustomerDetail) -> AnyView {
    let person = detail.person.clone().map(|person| {
        view! { <p class="console-person"><strong><bdi>{person.name}</bdi></strong>" · "{person.email}</p> }
    });
    let language = match detail.lang {
        Language::Ko => "한국어",
        Language::En => "English",
    };
    let operator = (detail.role == Role::Operator).then(|| view! { " · "{t!(lang, "customer-operator")} });
    let since = |label: String, moment: Timestamp| view! { <p>{label}" "<When moment/></p> }.into_any();
    let blocks = [
        (t!(lang, "customer-blocked-orders"), detail.blocks.orders),
        (t!(lang, "customer-blocked-login"), detail.blocks.login),
        (t!(lang, "customer-blocked-password"), detail.blocks.password),
        (t!(lang, "field-code"), detail.blocks.code),
    ];
    let now = shop().now();
    let blocks = blocks
        .into_iter()
        .filter_map(|(what, until)| {
            let until = moment::near(lang, until?, now);
            Some(view! { <p>{t!(lang, "customer-blocked-until", what = what, until = until)}</p> })
        })
        .collect_view();
    view! {
        <section class="section stack" aria-label=t!(lang, "customer-who")>
            <p class="row">{state_badge(lang, detail.state)}<span class="faint">{language}{operator}</span></p>
            {person}
            <p class="faint">{t!(lang, "customer-since")}" "<When moment=detail.created_at/></p>
            {detail.frozen_at.map(|at| since(t!(lang, "customer-frozen-since"), at))}
            {detail.closed_at.map(|at| since(t!(lang, "customer-closed-since"), at))}
            {blocks}
            <p class="faint">{limits_text(lang)}</p>
            <p>
                <a class="link console-link" href=path_with("/admin/orders", &[("user", Some(&detail.id.to_string()))])>
                    {t!(lang, "customer-orders")}
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// What everybody keeps to.
fn limits_text(lang: Lang) -> String {
    let shop = shop();
    let settings = shop.settings();
    let limit = |limit: Option<shop::ports::Limit>| match limit {
        Some(limit) => t!(
            lang,
            "limit-each",
            count = i64::from(limit.count),
            wait = crate::text::errors::wait_text(lang, limit.window)
        ),
        None => t!(lang, "limit-none"),
    };
    let failures = match settings.failure_limit {
        Some(most) => t!(lang, "limit-failures", count = i64::from(most)),
        None => t!(lang, "limit-none"),
    };
    t!(
        lang,
        "customer-limits",
        orders = limit(settings.order_limit),
        claims = limit(settings.claim_limit),
        failures = failures
    )
}

fn wallet(lang: Lang, operator: &Operator, detail: &CustomerDetail) -> AnyView {
    let owed = detail
        .owed
        .iter()
        .map(|refund| {
            let amount = refund.amount.to_string();
            view! {
                <li class="console-row">
                    <div>
                        {t!(lang, "customer-owed-refund", number = refund.number)}" "{order_link(refund.order_id)}
                        <p class="faint"><When moment=refund.created_at/></p>
                    </div>
                    <p class="order-amount">{amount}</p>
                </li>
            }
        })
        .collect_view();
    let waiting = detail
        .adjustments
        .iter()
        .filter(|one| one.state == AdjustmentState::Proposed)
        .map(|one| proposal(lang, operator, one))
        .collect_view();
    let owes = detail.wallet.owed.is_positive().then(|| {
        view! { <Sum label=t!(lang, "customer-owed") amount=detail.wallet.owed.to_string()/> }
    });
    view! {
        <section class="section">
            <h2 class="section-title">{t!(lang, "customer-wallet")}</h2>
            <dl class="summary-rows">
                {owes}
                <Total label=t!(lang, "wallet-balance") amount=detail.wallet.balance.to_string()/>
            </dl>
            <ul class="console-list">{owed}{waiting}</ul>
        </section>
    }
    .into_any()
}

/// An adjustment that waits for a second operator, or waited in vain.
fn proposal(lang: Lang, operator: &Operator, one: &Adjustment) -> AnyView {
    view! {
        <li class="console-row">
            <div>
                <strong>{proposal_state(lang, one)}</strong>
                <p>{one.reason.clone()}</p>
                <p class="faint">{by_text(lang, one.operator_id)}" · "<When moment=one.created_at/></p>
                {decision_forms(lang, operator, one, path_of(one.user_id))}
            </div>
            <p class="order-amount">{amount_text(one.amount)}</p>
        </li>
    }
    .into_any()
}

pub(super) fn by_text(lang: Lang, operator: Option<UserId>) -> String {
    match operator {
        Some(id) => t!(lang, "customer-by-operator", id = id.to_string()),
        None => t!(lang, "audit-command-line"),
    }
}

fn statement_of(lang: Lang, id: UserId, lines: Slice<StatementLine>, is_later: bool) -> AnyView {
    let rows = lines.items.into_iter().map(|line| statement_row(lang, line)).collect_view();
    let path = path_of(id);
    let next = lines.next_cursor.map(|cursor| path_with(&path, &[("cursor", Some(&cursor))]));
    let first = is_later.then_some(path);
    view! {
        <section class="section">
            <h2 class="section-title">{t!(lang, "statement-title")}</h2>
            <ul class="console-list">{rows}</ul>
            <Pager next first more=t!(lang, "statement-more")/>
        </section>
    }
    .into_any()
}

fn statement_row(lang: Lang, line: StatementLine) -> AnyView {
    let posting = line.posting;
    let after = t!(lang, "statement-after", balance = posting.balance_after.to_string());
    view! {
        <li class="console-row">
            <div>
                <strong>{words::posting(lang, posting.kind)}</strong>
                " "{cause(lang, posting.kind, line.cause)}
                <p class="faint"><When moment=posting.created_at/>" · "{after}</p>
            </div>
            <p class="order-amount">{amount_text(posting.amount)}</p>
        </li>
    }
    .into_any()
}

/// What moved the balance, with the way there.
fn cause(lang: Lang, kind: PostingType, cause: Option<PostingCause>) -> AnyView {
    match cause {
        Some(PostingCause::Charge) => t!(lang, "cause-charge").into_any(),
        Some(PostingCause::Order { id }) if kind == PostingType::Recovery => {
            view! { {order_link(id)}<p>{t!(lang, "cause-recovery")}</p> }.into_any()
        }
        Some(PostingCause::Order { id }) => order_link(id),
        Some(PostingCause::Refund { order_id, number, reason, .. }) => {
            let text = t!(lang, "cause-refund", number = number, reason = reason);
            view! { {order_link(order_id)}<p>{text}</p> }.into_any()
        }
        Some(PostingCause::Adjustment(one)) => {
            let second = one.decided_by.map(|id| t!(lang, "cause-approved", id = id.to_string()));
            let by = [Some(by_text(lang, one.operator_id)), second].into_iter().flatten().collect::<Vec<_>>();
            view! { <p>{one.reason}</p><p class="faint">{by.join(" · ")}</p> }.into_any()
        }
        None => view! { <p>{t!(lang, "cause-unknown")}</p> }.into_any(),
    }
}

fn held(lang: Lang, detail: &CustomerDetail) -> AnyView {
    if detail.coupons.is_empty() {
        return ().into_any();
    }
    let rows = detail
        .coupons
        .iter()
        .map(|piece| {
            let order = piece.order_id.map(|id| view! { " "{order_link(id)} });
            view! {
                <li class="console-row">
                    <div>
                        <strong>{piece.coupon.code.to_string()}</strong>" "{words::coupon_state(lang, piece.state)}{order}
                        <p class="faint"><When moment=piece.claimed_at/></p>
                    </div>
                    <p class="order-amount">{words::discount(piece.coupon.discount)}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section">
            <h2 class="section-title">{t!(lang, "customer-coupons")}</h2>
            <ul class="console-list">{rows}</ul>
        </section>
    }
    .into_any()
}

fn acts_about(lang: Lang, acts: Vec<AuditRow>) -> AnyView {
    if acts.is_empty() {
        return ().into_any();
    }
    let rows = acts
        .into_iter()
        .map(|row| {
            let change = changes(row.before.as_deref(), row.after.as_deref()).join(", ");
            view! {
                <li class="console-row">
                    <div>
                        <strong>{act_name(lang, &row.act)}</strong>
                        {row.reason.map(|reason| view! { <p>{reason}</p> })}
                        <p class="console-facts">{change}</p>
                        <p class="faint">{by_text(lang, row.operator_id)}</p>
                    </div>
                    <When moment=row.created_at class="faint"/>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section">
            <h2 class="section-title">{t!(lang, "customer-acts")}</h2>
            <ol class="console-list">{rows}</ol>
        </section>
    }
    .into_any()
}

/// The form that adjusts the balance, for those who may and whose wallet it is not.
fn adjust(visit: &Visit, operator: &Operator, detail: &CustomerDetail) -> Option<AnyView> {
    let is_open = detail.closed_at.is_none() && detail.frozen_at.is_none();
    if !operator.may(Permission::AdjustWallets) || operator.id() == detail.id || !is_open {
        return None;
    }
    let lang = visit.lang;
    let typed = |field: &str| visit.flash.value("adjust", field).unwrap_or_default().to_owned();
    let is_down = typed("way") == "down";
    let limit = shop().settings().adjustment_limit.to_string();
    Some(
        view! {
            <form class="card section stack" method="post" action="/fn/admin_adjust_wallet">
                <h2 class="card-title">{t!(lang, "adjust-title")}</h2>
                <p class="muted">{t!(lang, "adjust-text", limit = limit)}</p>
                <Owner/>
                <input type="hidden" name="user" value=detail.id.to_string()/>
                <input type="hidden" name="request_id" value=new_request_id()/>
                <div class="field">
                    <label class="field-label" for="way">{t!(lang, "adjust-way")}</label>
                    <select class="field-select" id="way" name="way">
                        <option value="up" selected=!is_down>{t!(lang, "adjust-up")}</option>
                        <option value="down" selected=is_down>{t!(lang, "adjust-down")}</option>
                    </select>
                </div>
                <div class="field">
                    <label class="field-label" for="amount">{t!(lang, "adjust-amount")}</label>
                    <input class="field-input" id="amount" name="amount" inputmode="numeric" autocomplete="off" value=typed("amount") required/>
                </div>
                <div class="field">
                    <label class="field-label" for="reason">{t!(lang, "adjust-reason")}</label>
                    <textarea class="field-input" id="reason" name="reason" rows="2" maxlength="1000" required>{escaped(&typed("reason"))}</textarea>
                </div>
                <button class="button button-primary" type="submit">{t!(lang, "adjust-button")}</button>
            </form>
        }
        .into_any(),
    )
}

/// Keeping somebody out, letting them in, ending a block.
fn keep_out(lang: Lang, operator: &Operator, detail: &CustomerDetail) -> Option<AnyView> {
    let is_theirs = detail.role == Role::Shopper || operator.may(Permission::ManageOperators);
    if !operator.may(Permission::FreezePeople) || !is_theirs || detail.state == CustomerState::Closed {
        return None;
    }
    let (id, is_frozen) = (detail.id.to_string(), detail.frozen_at.is_some());
    let (title, text, act) = if is_frozen {
        (t!(lang, "unfreeze-title"), t!(lang, "unfreeze-text"), "admin_unfreeze")
    } else {
        (t!(lang, "freeze-title"), t!(lang, "freeze-text"), "admin_freeze")
    };
    let end = detail.blocks.is_any().then(|| {
        view! {
            <button class="button button-secondary" type="submit" formaction="/fn/admin_end_block">
                {t!(lang, "block-end")}
            </button>
        }
    });
    Some(
        view! {
            <form class="card section stack" method="post" action=format!("/fn/{act}")>
                <h2 class="card-title">{title.clone()}</h2>
                <p class="muted">{text}</p>
                <Owner/>
                <input type="hidden" name="user" value=id/>
                <div class="field">
                    <label class="field-label" for="why">{t!(lang, "adjust-reason")}</label>
                    <textarea class="field-input" id="why" name="reason" rows="2" maxlength="1000" required></textarea>
                </div>
                <div class="row">
                    <button class="button button-secondary" type="submit">{title}</button>
                    {end}
                </div>
            </form>
        }
        .into_any(),
    )
}
