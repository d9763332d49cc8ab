//! The shop's alerts: what each goes by, what its figure is now, since when it fires, and whether anybody is told.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Owner, sentence_with};
use crate::stop::{Stop, page};
use crate::text::alerts::{alert_todo, alert_topic, figure_text, runbook_path};
use crate::text::{Lang, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::alert::service::{AlertView, list_alerts};
use shop::alert::{Severity, Stage};
use shop::operator::Permission;

/// For how long an alert can be silenced.
const HOURS: [i64; 4] = [1, 4, 24, 168];

#[component]
pub fn AlertsPage() -> impl IntoView {
    page(alerts())
}

async fn alerts() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Alerts.permission()).await?;
    let views = list_alerts(&shop()).await?;
    let lang = Visit::begin().await.lang;
    let may_silence = operator.may(Permission::SilenceAlerts);
    let rows = views.into_iter().map(|view| row(lang, view, may_silence)).collect_view();
    Ok(view! {
        <ConsoleFrame operator part=Part::Alerts title=t!(lang, "alerts-title") lead=t!(lang, "alerts-lead")>
            <ul class="console-list">{rows}</ul>
        </ConsoleFrame>
    }
    .into_any())
}

fn row(lang: Lang, alert: AlertView, may_silence: bool) -> AnyView {
    let rule = alert.rule;
    let is_firing = alert.state.stage == Stage::Firing;
    let (state, stage) = match (alert.state.stage, rule.severity) {
        (Stage::Firing, Severity::Critical) => ("FAILED", t!(lang, "alert-stage-firing")),
        (Stage::Firing, Severity::Warning) => ("PENDING", t!(lang, "alert-stage-firing")),
        (Stage::Resolved, _) => ("EXPIRED", t!(lang, "alert-stage-resolved")),
        (Stage::Inactive, _) => ("COMPLETED", t!(lang, "alert-stage-well")),
    };
    let todo = is_firing.then(|| view! { <p>{alert_todo(lang, rule.name)}</p> });
    let silenced = alert.silence.as_ref().map(|silence| {
        let (by, reason) = (silence.by.to_string(), silence.reason.clone());
        let until = sentence_with(silence.until, move |when| {
            t!(lang, "alert-silenced", when = when, id = by.clone(), reason = reason.clone())
        });
        view! { <p class="faint"><bdi>{until}</bdi></p> }
    });
    let form = may_silence.then(|| form(lang, &alert));
    view! {
        <li class="console-row">
            <div>
                <strong>{alert_topic(lang, rule.name)}</strong>
                " "<span class="badge" data-state=state>{stage}</span>
                <p>{figure(lang, &alert)}</p>
                {todo}
                {times(lang, &alert)}
                {silenced}
                <a class="link console-link" href=runbook_path(rule.name)>{t!(lang, "alert-runbook")}</a>
            </div>
            {form}
        </li>
    }
    .into_any()
}

/// What it is now, and how much would be too much.
fn figure(lang: Lang, alert: &AlertView) -> String {
    let threshold = figure_text(lang, alert.rule.unit, alert.rule.threshold);
    match alert.reading.figure {
        Some(figure) => {
            t!(lang, "alert-figure", figure = figure_text(lang, alert.rule.unit, figure), threshold = threshold)
        }
        None => t!(lang, "alert-figure-none", threshold = threshold),
    }
}

/// When it began to fire and when that was over.
fn times(lang: Lang, alert: &AlertView) -> Option<AnyView> {
    let began = alert.state.began_at.filter(|_| alert.state.stage != Stage::Inactive)?;
    let began = sentence_with(began, move |when| t!(lang, "alert-began", when = when));
    let ended = alert.state.ended_at.filter(|_| alert.state.stage == Stage::Resolved);
    let ended =
        ended.map(|ended| view! { " · "{sentence_with(ended, move |when| t!(lang, "alert-ended", when = when))} });
    Some(view! { <p class="faint">{began}{ended}</p> }.into_any())
}

/// Silences it, or ends its silence.
fn form(lang: Lang, alert: &AlertView) -> AnyView {
    let word = alert.rule.name.as_str();
    let name = alert_topic(lang, alert.rule.name);
    if alert.silence.is_some() {
        let label = t!(lang, "alert-speak-of", name = name);
        return view! {
            <form class="console-form" method="post" action="/fn/admin_silence">
                <Owner/>
                <input type="hidden" name="name" value=word/>
                <input type="hidden" name="hours" value="0"/>
                <button class="button button-secondary" type="submit" aria-label=label>{t!(lang, "alert-speak")}</button>
            </form>
        }
        .into_any();
    }
    let hours = HOURS.map(|hours| view! { <option value=hours>{t!(lang, "alert-hours", count = hours)}</option> });
    let typed = Visit::current().flash.value(word, "reason").map(str::to_owned);
    let (for_label, why_label) =
        (t!(lang, "alert-silence-for", name = name.clone()), t!(lang, "alert-silence-why", name = name.clone()));
    let label = t!(lang, "alert-silence-of", name = name);
    let is_open = typed.is_some();
    view! {
        <details class="console-more" open=is_open>
        <summary aria-label=label.clone()>{t!(lang, "alert-silence")}</summary>
        <form class="console-form" method="post" action="/fn/admin_silence">
            <Owner/>
            <input type="hidden" name="name" value=word/>
            <select class="field-select field-small" name="hours" aria-label=for_label>{hours.collect_view()}</select>
            <input
                class="field-input field-small"
                name="reason"
                maxlength="500"
                required
                placeholder=t!(lang, "alert-why")
                aria-label=why_label
                value=typed
            />
            <button class="button button-secondary" type="submit" aria-label=label>{t!(lang, "alert-silence")}</button>
        </form>
        </details>
    }
    .into_any()
}
