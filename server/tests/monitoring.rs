//! What `deploy` holds for whoever has a Prometheus and a Grafana: the alerts there are the program's, and nothing asks
//! for a metric that is not there.

use regex::Regex;
use server::watch;
use shop::alert::model::{LEAST_SAMPLES, MOST_USERS, rules};
use shop::alert::{AlertName, Rule, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(deploy().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One alert of the file for Prometheus: the lines `key: value` of its block.
fn prometheus_rules() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = read("prometheus/damda-alerts.yml");
    let mut blocks: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(alert) = line.strip_prefix("- alert: ") {
            name = alert.to_owned();
            assert!(blocks.insert(name.clone(), BTreeMap::new()).is_none(), "{name} stands twice");
        } else if let (Some((key, value)), Some(block)) = (line.split_once(": "), blocks.get_mut(&name)) {
            block.insert(key.to_owned(), value.to_owned());
        }
    }
    blocks
}

/// `payment_failures` → `DamdaPaymentFailures`.
fn name_of(name: AlertName) -> String {
    let words = name.as_str().split('_').map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..]));
    format!("Damda{}", words.collect::<String>())
}

/// What the expression must compare with.
fn threshold_of(rule: &Rule) -> String {
    match rule.unit {
        Unit::MilliPercent => {
            format!("{}", f64::from(i32::try_from(rule.threshold).expect("a small threshold")) / 100_000.0)
        }
        Unit::Milliseconds => (rule.threshold / 1_000).to_string(),
        Unit::People => "max(damda_concurrent_users_threshold)".to_owned(),
        Unit::Rows | Unit::Invariants => rule.threshold.to_string(),
    }
}

#[test]
fn both_forms_have_the_same_alerts_thresholds_severities_and_pages() {
    let blocks = prometheus_rules();
    for rule in rules(MOST_USERS) {
        let name = name_of(rule.name);
        let block = blocks.get(&name).unwrap_or_else(|| panic!("no {name} in {:?}", blocks.keys()));
        let expression = &block["expr"];
        let judged = expression.split(" and sum(increase(").next().unwrap();
        let threshold = format!(" > {}", threshold_of(&rule));
        assert!(judged.ends_with(&threshold), "{name}: {judged} does not end with{threshold}");
        let is_counted = rule.least_samples > 0;
        assert_eq!(expression.ends_with(&format!(" >= {LEAST_SAMPLES}")), is_counted, "{name}: {expression}");
        assert_eq!(expression.contains("[5m]"), is_counted, "{name}: {expression}");
        assert_eq!(block["severity"], rule.severity.as_str(), "{name}");
        let page = format!("https://shop.example/runbooks/{}", rule.name.as_str().replace('_', "-"));
        assert_eq!(block["runbook_url"], page, "{name}");
    }
    // What nobody can say of themselves stands there alone.
    let names: BTreeSet<String> = AlertName::ALL.map(name_of).into_iter().chain(["DamdaGone".to_owned()]).collect();
    assert_eq!(blocks.into_keys().collect::<BTreeSet<_>>(), names);
}

#[test]
fn the_page_of_metrics_has_the_expressions_of_the_alerts() {
    let page = read("../docs/metrics.md");
    for (name, block) in prometheus_rules() {
        let expression = block["expr"].replace('|', "\\|");
        assert!(page.contains(&expression), "{name}: docs/metrics.md has no {expression}");
    }
}

#[test]
fn every_metric_that_a_rule_or_the_dashboard_asks_for_is_there() {
    let known: BTreeSet<&str> = watch::all().map(|metric| metric.name).collect();
    let word = Regex::new(r"\b(?:damda|process)_[a-z_]+").unwrap();
    for (path, least) in [("prometheus/damda-alerts.yml", 10), ("grafana/damda.json", 30)] {
        let text = read(path);
        let asked: BTreeSet<&str> = word
            .find_iter(&text)
            .map(|found| found.as_str())
            .map(|name| {
                let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
                bare.filter(|bare| known.contains(bare)).unwrap_or(name)
            })
            .collect();
        let unknown: Vec<_> = asked.difference(&known).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
        assert!(asked.len() >= least, "{path} asks for {} only", asked.len());
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("grafana/damda.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<i64> = panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut places = BTreeSet::new();
    for panel in panels {
        let place = &panel["gridPos"];
        assert!(places.insert((place["x"].as_i64(), place["y"].as_i64())), "{} lies on another", panel["title"]);
        assert!(!panel["title"].as_str().unwrap().is_empty());
        if panel["type"] != "row" {
            assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
        }
    }
}

/// Debian's package `prometheus` brings it; `make test` and `make check` install that.
fn promtool(arguments: &[&str]) -> String {
    let ran = Command::new("promtool").args(arguments).current_dir(deploy().join("prometheus")).output();
    let ran = ran.expect("promtool is missing: install Debian's prometheus, or let `make setup` do it");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    said
}

#[test]
fn prometheus_takes_the_rules_and_they_do_what_their_tests_say() {
    assert!(promtool(&["check", "rules", "damda-alerts.yml"]).contains("rules found"));
    promtool(&["test", "rules", "damda-alerts_test.yml"]);
}

#[test]
fn every_alert_of_prometheus_is_tried_both_ways() {
    let tests = read("prometheus/damda-alerts_test.yml");
    for name in prometheus_rules().into_keys() {
        let tried: Vec<&str> = tests.split(&format!("alertname: {name}\n")).skip(1).collect();
        let quiet = tried.iter().filter(|rest| rest.trim_start().starts_with("exp_alerts: []")).count();
        assert!(quiet > 0 && quiet < tried.len(), "{name}: {quiet} of {}", tried.len());
    }
}
