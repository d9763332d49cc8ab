//! Counts down to a moment and then asks the server for the page anew: what may be done then is the
//! server's to say. It counts what the server said was left, so a wrong clock changes nothing. Without
//! JavaScript the page names the moment.

use super::Words;
use super::wire::{date_ms, page_age_ms, reload, sleep, until_seen, whole, with_number};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A server that is asked a moment too early only lets the reader wait again.
const GRACE_MS: f64 = 400.0;
/// The date and the page's own clock part when the device slept or its date was set: then ask the server.
const DRIFT_MS: f64 = 5_000.0;

#[island]
pub fn Countdown(
    /// How long it took from the page's making, in seconds.
    left_seconds: u32,
    /// The sentence, with `#` for what is left; then days, hours, minutes and seconds, with `#` for the number.
    words: Words,
) -> impl IntoView {
    super::note_island();
    let mut units = words;
    let text = if units.is_empty() { String::new() } else { units.remove(0) };
    let left_ms = f64::from(left_seconds) * 1_000.0;
    let (shown, set_shown) = signal(spell(left_ms, &units));
    Effect::new(move |_| {
        let units = units.clone();
        spawn_local(async move {
            let drift = || date_ms() - page_age_ms();
            let begun = drift();
            loop {
                let left = left_ms + GRACE_MS - page_age_ms();
                if left <= 0.0 || (drift() - begun).abs() > DRIFT_MS {
                    break;
                }
                set_shown.set(spell(left, &units));
                sleep(1_000).await;
            }
            until_seen().await;
            reload();
        });
    });
    view! { <span class="countdown" role="timer">{move || text.replace('#', &shown.get())}</span> }
}

/// `2일 3시간 4분`, and from a day on without seconds.
fn spell(left_ms: f64, units: &[String]) -> String {
    let seconds = whole(left_ms.max(0.0)) / 1_000;
    let parts = [seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    let first = parts.iter().position(|part| *part > 0).unwrap_or(3);
    let last = if first == 0 { 2 } else { 3 };
    let mut spelled = String::new();
    for (index, unit) in units.iter().enumerate().take(last + 1).skip(first) {
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        spelled.push_str(&with_number(unit, parts.get(index).copied().unwrap_or(0)));
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_spelled_from_its_largest_unit() {
        let units: Vec<String> = ["#d", "#h", "#m", "#s"].map(str::to_owned).to_vec();
        let table = [
            (-5.0, "0s"),
            (999.0, "0s"),
            (1_000.0, "1s"),
            (61_000.0, "1m 1s"),
            (3_600_000.0, "1h 0m 0s"),
            (90_061_000.0, "1d 1h 1m"),
        ];
        for (left_ms, text) in table {
            assert_eq!(spell(left_ms, &units), text, "{left_ms}");
        }
    }
}
