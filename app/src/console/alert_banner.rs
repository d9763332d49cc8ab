//! What fires, above everything else: each alert with its figure, and the way to all of them.

use crate::components::{Icon, IconName};
use crate::text::alerts::{alert_name, alert_todo, figure_text, runbook_path};
use crate::text::{Lang, t};
use leptos::prelude::*;
use shop::alert::Stage;
use shop::alert::service::AlertView;

#[component]
pub fn AlertBanner(lang: Lang, alerts: Vec<AlertView>) -> impl IntoView {
    let firing: Vec<AlertView> = alerts.into_iter().filter(|alert| alert.state.stage == Stage::Firing).collect();
    if firing.is_empty() {
        return ().into_any();
    }
    let rows = firing
        .into_iter()
        .map(|alert| {
            let (name, todo) = (alert_name(lang, alert.rule.name), alert_todo(lang, alert.rule.name));
            let figure =
                alert.reading.figure.map(|figure| format!(" · {}", figure_text(lang, alert.rule.unit, figure)));
            view! {
                <li>
                    <strong>{name}</strong>{figure}<br/>
                    {todo}<br/>
                    <a class="link console-link" href=runbook_path(alert.rule.name)>{t!(lang, "alert-runbook")}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="notice notice-danger alert-banner" aria-label=t!(lang, "console-alerts")>
            <Icon name=IconName::CircleAlert/>
            <p class="notice-title">{t!(lang, "dashboard-firing")}</p>
            <ul class="notice-text">{rows}</ul>
            <div class="notice-action">
                <a class="button button-secondary" href="/admin/alerts">{t!(lang, "dashboard-to-alerts")}</a>
            </div>
        </section>
    }
    .into_any()
}
