//! The log of what operators did, newest first. For managers.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Pager, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use serde_json::{Map, Value};
use shop::Error;
use shop::error::FieldProblem;
use shop::id::UserId;
use shop::operator::audit::{self, Act};
use shop::operator::store::{AuditFilter, AuditRow};
use shop::page::{Page, PageLimit, Slice};
use std::collections::BTreeSet;

#[component]
pub fn AuditPage() -> impl IntoView {
    page(log())
}

async fn log() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Audit.permission()).await?;
    let query = Query::of_request();
    let filter = filter_of(&query)?;
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = audit::list(&shop(), &operator, &filter, &asked).await?;
    let lang = Visit::begin().await.lang;
    let list = if found.items.is_empty() { empty(lang) } else { list(lang, found, &query) };
    Ok(view! {
        <ConsoleFrame operator part=Part::Audit title=t!(lang, "audit-title") lead=t!(lang, "audit-lead")>
            {filters(lang, &query)}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

/// `operator`, `act` and `subject` (`user:7`) of the address.
fn filter_of(query: &Query) -> Result<AuditFilter, Error> {
    let malformed = |field: &str| Error::invalid(field, FieldProblem::Malformed);
    let operator = query.get("operator").map(|id| id.parse().map(UserId::new).map_err(|_| malformed("operator")));
    let act = query.get("act").map(|act| Act::from_text(act).ok_or_else(|| malformed("act")));
    let subject = query.get("subject").map(|text| text.split_once(':').ok_or_else(|| malformed("subject")));
    Ok(AuditFilter {
        operator: operator.transpose()?,
        act: act.transpose()?.map(|act| act.as_str().to_owned()),
        subject: subject.transpose()?.map(|(kind, id)| (kind.to_owned(), id.to_owned())),
    })
}

fn filters(lang: Lang, query: &Query) -> AnyView {
    let chosen = query.get("act").map(str::to_owned);
    let acts = Act::ALL.into_iter().map(|act| {
        view! { <option value=act.as_str() selected=chosen.as_deref() == Some(act.as_str())>{act_name(lang, act.as_str())}</option> }
    });
    let subject = query.get("subject").unwrap_or_default().to_owned();
    view! {
        <form class="row console-filter" method="get" action="/admin/audit">
            <label class="field-label" for="act">{t!(lang, "audit-act")}</label>
            <select class="field-select field-small" id="act" name="act">
                <option value="">{t!(lang, "audit-any")}</option>
                {acts.collect_view()}
            </select>
            <label class="field-label" for="subject">{t!(lang, "audit-subject")}</label>
            <input class="field-input field-small" id="subject" name="subject" value=subject placeholder="user:7" autocomplete="off"/>
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn list(lang: Lang, found: Slice<AuditRow>, query: &Query) -> AnyView {
    let same = [("operator", query.get("operator")), ("act", query.get("act")), ("subject", query.get("subject"))];
    let path = |cursor: Option<&str>| {
        let [operator, act, subject] = same;
        path_with("/admin/audit", &[operator, act, subject, ("cursor", cursor)])
    };
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    let rows = found.items.into_iter().map(|one| row(lang, one)).collect_view();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=t!(lang, "audit-title")>
            <table class="table console-table">
                <thead>
                    <tr>
                        <th scope="col">{t!(lang, "audit-when")}</th>
                        <th scope="col">{t!(lang, "audit-who")}</th>
                        <th scope="col">{t!(lang, "audit-what")}</th>
                        <th scope="col">{t!(lang, "audit-change")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Pager next first more=t!(lang, "console-more")/>
    }
    .into_any()
}

fn row(lang: Lang, one: AuditRow) -> AnyView {
    let who = match (one.operator_id, one.operator_name) {
        (None, _) => t!(lang, "audit-command-line"),
        (Some(_), Some(name)) if !name.is_empty() => name,
        (Some(id), _) => t!(lang, "audit-closed-account", id = id.to_string()),
    };
    let subject = format!("{}:{}", one.subject_kind, one.subject_id);
    let subject_path = path_with("/admin/audit", &[("subject", Some(&subject))]);
    let change = changes(one.before.as_deref(), one.after.as_deref()).join(", ");
    view! {
        <tr>
            <td><When moment=one.created_at/></td>
            <th scope="row">{who}<br/><span class="faint">{one.address}</span></th>
            <td>{act_name(lang, &one.act)}<br/><a class="link console-link" href=subject_path>{subject}</a></td>
            <td class="console-facts">{change}{one.reason.map(|reason| view! { <p>{reason}</p> })}</td>
        </tr>
    }
    .into_any()
}

/// What changed, fact by fact: `role: shopper → support`.
pub(super) fn changes(before: Option<&str>, after: Option<&str>) -> Vec<String> {
    let facts = |json: Option<&str>| -> Map<String, Value> {
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    };
    let (before, after) = (facts(before), facts(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let word = |fact: &Value| fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
    let change = |name: &String| match (before.get(name), after.get(name)) {
        (Some(old), Some(new)) => format!("{name}: {} → {}", word(old), word(new)),
        (Some(old), None) => format!("{name}: {} →", word(old)),
        (None, Some(new)) => format!("{name}: {}", word(new)),
        (None, None) => String::new(),
    };
    names.into_iter().map(change).collect()
}

/// What an act is called; one that a newer program wrote, by its own name.
pub(super) fn act_name(lang: Lang, act: &str) -> String {
    match Act::from_text(act) {
        Some(Act::OperatorMade) => t!(lang, "act-operator-made"),
        Some(Act::RoleChanged) => t!(lang, "act-role-changed"),
        Some(Act::PersonSeen) => t!(lang, "act-person-seen"),
        Some(Act::OrderRecovered) => t!(lang, "act-order-recovered"),
        Some(Act::OrderRecoveryFailed) => t!(lang, "act-order-recovery-failed"),
        Some(Act::OrderNoted) => t!(lang, "act-order-noted"),
        Some(Act::OrderRefunded) => t!(lang, "act-order-refunded"),
        Some(Act::AlertSilenced) => t!(lang, "act-alert-silenced"),
        Some(Act::SilenceEnded) => t!(lang, "act-silence-ended"),
        Some(Act::BalanceAdjusted) => t!(lang, "act-balance-adjusted"),
        Some(Act::AdjustmentProposed) => t!(lang, "act-adjustment-proposed"),
        Some(Act::AdjustmentApproved) => t!(lang, "act-adjustment-approved"),
        Some(Act::AdjustmentDeclined) => t!(lang, "act-adjustment-declined"),
        Some(Act::PersonFrozen) => t!(lang, "act-person-frozen"),
        Some(Act::PersonUnfrozen) => t!(lang, "act-person-unfrozen"),
        Some(Act::BlockEnded) => t!(lang, "act-block-ended"),
        Some(Act::SecondFactorSet) => t!(lang, "act-second-factor-set"),
        Some(Act::SecondFactorRemoved) => t!(lang, "act-second-factor-removed"),
        Some(Act::SecondFactorReset) => t!(lang, "act-second-factor-reset"),
        Some(Act::RecoveryCodesRenewed) => t!(lang, "act-recovery-codes-renewed"),
        Some(Act::SessionEnded) => t!(lang, "act-session-ended"),
        Some(Act::ProductMade) => t!(lang, "act-product-made"),
        Some(Act::ProductEdited) => t!(lang, "act-product-edited"),
        Some(Act::ProductActivated) => t!(lang, "act-product-activated"),
        Some(Act::ProductRetired) => t!(lang, "act-product-retired"),
        Some(Act::StockAdjusted) => t!(lang, "act-stock-adjusted"),
        Some(Act::ProductsImported) => t!(lang, "act-products-imported"),
        Some(Act::ImageAdded) => t!(lang, "act-image-added"),
        Some(Act::ImageMoved) => t!(lang, "act-image-moved"),
        Some(Act::ImageRemoved) => t!(lang, "act-image-removed"),
        Some(Act::CouponMade) => t!(lang, "act-coupon-made"),
        Some(Act::CouponEdited) => t!(lang, "act-coupon-edited"),
        Some(Act::CouponStopped) => t!(lang, "act-coupon-stopped"),
        Some(Act::CouponStarted) => t!(lang, "act-coupon-started"),
        Some(Act::EventsReplayed) => t!(lang, "act-events-replayed"),
        None => act.to_owned(),
    }
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "audit-empty-title") text=t!(lang, "audit-empty-text")>
            <div class="empty-action">
                <a class="button button-secondary" href="/admin/audit">{t!(lang, "audit-all")}</a>
            </div>
        </Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_as_before_and_after() {
        let table = [
            (Some(r#"{"role":"shopper"}"#), Some(r#"{"role":"support"}"#), vec!["role: shopper → support"]),
            (None, Some(r#"{"amount":-500,"note":"a"}"#), vec!["amount: -500", "note: a"]),
            (Some(r#"{"frozen":true}"#), None, vec!["frozen: true →"]),
            (None, None, vec![]),
            (Some("not JSON"), None, vec![]),
        ];
        for (before, after, said) in table {
            assert_eq!(changes(before, after), said, "{before:?} to {after:?}");
        }
    }
}
