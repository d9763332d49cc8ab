//! One event, one line. What strangers send may hold line breaks and terminal commands; whatever of it comes
//! into an event, the log's reader sees it written out and no line that we did not write.

use std::io::{self, Write};

/// Passes events on with every control character written out, `\u001b`, which also JSON understands. The
/// formatter hands over each event, and nothing else, in one write.
pub struct OneLine<W> {
    to: W,
    /// The formatter colours its lines for a terminal, and writes out the escapes of others itself.
    is_coloured: bool,
}

impl<W: Write> OneLine<W> {
    pub fn new(to: W, is_coloured: bool) -> Self {
        Self { to, is_coloured }
    }

    fn is_harmless(&self, character: char) -> bool {
        !character.is_control() || (self.is_coloured && character == '\u{1b}')
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let mut line = String::with_capacity(text.len() + 1);
        for character in text.chars() {
            if self.is_harmless(character) {
                line.push(character);
            } else {
                line.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
        }
        line.push('\n');
        self.to.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = OneLine<Log>;

        fn make_writer(&'a self) -> Self::Writer {
            OneLine::new(self.clone(), false)
        }
    }

    const HOSTILE: &str = "a\r\n2026-11-23T00:00:00Z ERROR forged\u{1b}[2J\u{9b}31m\u{7}\u{7f}한글";

    fn written(log: &Log) -> String {
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    /// Into a message, a shown field, a debugged field and a span.
    fn tell_all() {
        let span = tracing::info_span!("request", path = HOSTILE, shown = %HOSTILE);
        span.in_scope(|| tracing::info!(field = HOSTILE, shown = %HOSTILE, debugged = ?HOSTILE, "{HOSTILE}"));
    }

    #[track_caller]
    fn assert_one_clean_line(text: &str) {
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(text.ends_with('\n') && !text.trim_end_matches('\n').chars().any(char::is_control), "{text:?}");
        assert!(text.contains("한글") && text.contains("forged"));
    }

    #[test]
    fn what_strangers_send_never_makes_a_line_in_text() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
        tracing::subscriber::with_default(subscriber, tell_all);
        assert_one_clean_line(&written(&log));
    }

    #[test]
    fn what_strangers_send_never_makes_a_line_in_json_and_reads_back() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
        tracing::subscriber::with_default(subscriber, tell_all);
        assert_one_clean_line(&written(&log));
        let event: serde_json::Value = serde_json::from_str(&written(&log)).unwrap();
        assert_eq!((&event["fields"]["message"], &event["span"]["path"]), (&HOSTILE.into(), &HOSTILE.into()));
    }

    #[test]
    fn a_terminal_keeps_its_colours_and_its_lines() {
        let mut line = OneLine::new(Vec::new(), true);
        line.write_all(b"\x1b[32mINFO\x1b[0m a\r\nb\n").unwrap();
        assert_eq!(line.to, b"\x1b[32mINFO\x1b[0m a\\u000d\\u000ab\n");
    }
}
