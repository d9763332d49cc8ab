//! The log on standard error: lines for people, or one JSON object a line for machines, with the fields of
//! the request or job around each. Nothing that came from outside reaches it raw: line breaks, ESC and the
//! other characters that move a terminal's cursor or turn its text around are written as escapes, in both
//! forms, so that no stranger writes a line of their own or hides one.

use crate::config::{Config, ConfigError};
use crate::telemetry::Telemetry;
use shop::trace::SPANS;
use std::fmt::{self, Debug, Write};
use std::io::IsTerminal;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::{MakeExt, RecordFields};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer, debug_fn};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// Sets the log up, as `DAMDA_LOG` and `DAMDA_LOG_FORMAT` say, and beside it what collects traces, if anything does.
///
/// # Errors
/// `DAMDA_LOG` is no filter.
pub fn log_to_stderr(config: &Config, telemetry: Option<&Telemetry>) -> Result<(), ConfigError> {
    let wrong = |_| {
        ConfigError::new(format!(
            "DAMDA_LOG is `{}`: write a level such as `info` or `debug`, or a filter such as `info,server=debug`",
            config.log
        ))
    };
    // Strangers' cookies are no news, and what is there for traces alone is none for the log, at any level.
    let filter = format!("tower_sessions=error,tower_sessions_core=error,{SPANS}=off,{}", config.log);
    let filter = EnvFilter::try_new(filter).map_err(wrong)?;
    let is_terminal = std::io::stderr().is_terminal();
    if let Some(telemetry) = telemetry {
        // What the log leaves out a trace may need, so that each has a filter of its own.
        let lines = tracing_subscriber::fmt::layer::<Traced>()
            .with_ansi(is_terminal)
            .with_writer(std::io::stderr)
            .log_internal_errors(false);
        let lines: Box<dyn Layer<Traced> + Send + Sync> = if config.log_json {
            lines.event_format(JsonLine).fmt_fields(JsonMembers).with_filter(filter).boxed()
        } else {
            lines.fmt_fields(debug_fn(write_text_field).delimited(" ")).with_filter(filter).boxed()
        };
        let traced: Traced = tracing_subscriber::registry().with(telemetry.layer());
        return traced.with(lines).try_init().map_err(not_set);
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(std::io::stderr)
        // It would complain on standard error that standard error cannot be written, and panic over that: a log on
        // a full disk must not end what is being logged.
        .log_internal_errors(false);
    let set = if config.log_json {
        subscriber.event_format(JsonLine).fmt_fields(JsonMembers).try_init()
    } else {
        subscriber.fmt_fields(debug_fn(write_text_field).delimited(" ")).try_init()
    };
    set.map_err(not_set)
}

/// Spans and lines with what collects traces beside them.
type Traced = Layered<Box<dyn Layer<Registry> + Send + Sync>, Registry>;

fn not_set(error: impl fmt::Display) -> ConfigError {
    ConfigError::new(format!("DAMDA_LOG cannot be set up ({error}): unset it"))
}

/// Whether a character could break a line, move the cursor, or make text read otherwise than it is.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Passes text on with what is unsafe as Rust writes it: `\n`, `\u{1b}`.
pub struct Escaping<'a, W>(pub &'a mut W);

impl<W: Write> Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_unsafe) {
            self.0.write_str(&rest[..at])?;
            let mut chars = rest[at..].chars();
            chars.by_ref().take(1).try_for_each(|c| write!(self.0, "{}", c.escape_default()))?;
            rest = chars.as_str();
        }
        self.0.write_str(rest)
    }
}

fn write_text_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    match field.name() {
        // A `log` record's own place, which the line shows already.
        name if name.starts_with("log.") => Ok(()),
        "message" => write!(Escaping(writer), "{value:?}"),
        name => write!(Escaping(writer), "{name}={value:?}"),
    }
}

/// The fields of an event or a span as members of a JSON object, a line each: `"name":value`. None of them
/// holds a line break, so they come apart again.
struct JsonMembers;

impl<'writer> FormatFields<'writer> for JsonMembers {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = MemberVisitor { writer: &mut writer, result: Ok(()) };
        fields.record(&mut visitor);
        visitor.result
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &tracing::span::Record<'_>,
    ) -> fmt::Result {
        self.format_fields(current.as_writer(), fields)
    }
}

struct MemberVisitor<'a, W> {
    writer: &'a mut W,
    result: fmt::Result,
}

impl<W: Write> MemberVisitor<'_, W> {
    fn member(&mut self, field: &Field, write: impl FnOnce(&mut W) -> fmt::Result) {
        if self.result.is_ok() && !field.name().starts_with("log.") {
            self.result = write_json_text(self.writer, field.name())
                .and_then(|()| self.writer.write_char(':'))
                .and_then(|()| write(self.writer))
                .and_then(|()| self.writer.write_char('\n'));
        }
    }
}

impl<W: Write> Visit for MemberVisitor<'_, W> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |writer| write_json_text(writer, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |writer| write!(writer, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows no infinity.
        self.member(
            field,
            |writer| if value.is_finite() { write!(writer, "{value}") } else { writer.write_str("null") },
        );
    }
}

/// `text` as a JSON string, with what is unsafe as escapes.
pub fn write_json_text(writer: &mut impl Write, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => writer.write_str("\\\"")?,
            '\\' => writer.write_str("\\\\")?,
            // All of them are in the first plane, so four digits are enough.
            c if is_unsafe(c) => write!(writer, "\\u{:04x}", u32::from(c))?,
            c => writer.write_char(c)?,
        }
    }
    writer.write_char('"')
}

/// One flat JSON object: when, how bad, where, what; the event's fields, then those of the spans around it
/// from the inside out. A name appears once: the innermost says it.
struct JsonLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        writer.write_str("{\"timestamp\":")?;
        write_json_text(&mut writer, &time)?;
        write!(writer, ",\"level\":\"{}\",\"target\":", metadata.level())?;
        write_json_text(&mut writer, metadata.target())?;

        let mut members = String::new();
        context.field_format().format_fields(Writer::new(&mut members), event)?;
        for span in context.event_scope().into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                members.push_str(&fields.fields);
            }
        }
        let mut said = vec!["\"timestamp\"", "\"level\"", "\"target\""];
        for member in members.lines() {
            let name = member.split(':').next().unwrap_or("");
            if !said.contains(&name) {
                said.push(name);
                write!(writer, ",{member}")?;
            }
        }
        writer.write_str("}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::subscriber::with_default;
    use tracing_subscriber::fmt::MakeWriter;

    /// What line breaks, colours and right-to-left marks would do to a log.
    const HOSTILE: &str = "a\r\n2026-11-23 INFO forged\u{1b}[31m\u{9b}2J\u{202e}\u{2028}\"\\한글";

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    fn speak() {
        let span = tracing::error_span!("request", path = HOSTILE, user = tracing::field::Empty);
        span.record("user", 7);
        let _within = span.enter();
        tracing::info!(plain = HOSTILE, shown = %HOSTILE, debugged = ?HOSTILE, path = 1, ratio = 0.5, "said {HOSTILE}");
    }

    fn written(json: bool) -> String {
        let kept = Kept::default();
        let builder = tracing_subscriber::fmt().with_ansi(false).with_writer(kept.clone());
        if json {
            with_default(builder.event_format(JsonLine).fmt_fields(JsonMembers).finish(), speak);
        } else {
            with_default(builder.fmt_fields(debug_fn(write_text_field).delimited(" ")).finish(), speak);
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn no_value_breaks_a_line_or_reaches_the_terminal_raw() {
        for json in [false, true] {
            let text = written(json);
            let line = text.strip_suffix('\n').unwrap();
            assert!(!line.chars().any(is_unsafe), "{line:?}");
            assert!(line.contains("forged") && line.contains("한글"), "what is harmless stays as it is: {line}");
        }
    }

    #[test]
    fn a_line_for_machines_is_one_flat_object_and_loses_nothing() {
        let line: serde_json::Value = serde_json::from_str(&written(true)).unwrap();
        assert_eq!(line["plain"], HOSTILE);
        assert_eq!(line["shown"], HOSTILE);
        assert_eq!(line["message"], format!("said {HOSTILE}"));
        assert_eq!((&line["level"], &line["user"], &line["ratio"]), (&"INFO".into(), &7.into(), &0.5.into()));
        assert_eq!(line["path"], 1, "the innermost says it");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }
}
