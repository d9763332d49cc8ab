//! Markdown of the owner as HTML. Raw HTML, pictures, and links that are no plain addresses are refused,
//! with the line they stand in: what a page shows is what this module wrote.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// What is wrong with a text, and in which line of it, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkdownProblem {
    pub line: usize,
    pub what: &'static str,
}

pub const RAW_HTML: &str =
    "holds raw HTML, which is not shown: write Markdown, and a backslash before a `<` that is meant";
pub const LINK: &str = "holds a link that is neither a path of this shop nor http, https, mailto or tel";
pub const IMAGE: &str = "holds a picture, which these pages do not show";
pub const DATE: &str = "begins with `updated:` but not with a date: write `updated: 2026-11-23`";

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// To link to: `part-1`.
    pub id: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The first heading of the first level, which is not in `html`.
    pub title: Option<String>,
    /// The headings of the second level.
    pub contents: Vec<Heading>,
    pub html: String,
}

/// Takes the line `updated: 2026-11-23` off the top.
///
/// # Errors
/// When the line is there and holds no date.
pub fn split_date(text: &str) -> Result<(Option<String>, &str), MarkdownProblem> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Some(date) = first.strip_prefix("updated:").map(str::trim) else { return Ok((None, text)) };
    let format = time::macros::format_description!("[year]-[month]-[day]");
    match time::Date::parse(date, format) {
        Ok(_) => Ok((Some(date.to_owned()), rest)),
        Err(_) => Err(MarkdownProblem { line: 1, what: DATE }),
    }
}

/// # Errors
/// The first thing that is not shown.
pub fn render(text: &str) -> Result<Rendered, MarkdownProblem> {
    let mut rendered = Rendered { title: None, contents: Vec::new(), html: String::new() };
    let mut events = Vec::new();
    let mut heading: Option<(HeadingLevel, String)> = None;
    for (event, place) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        if let Some(what) = refused(&event) {
            return Err(MarkdownProblem { line: line_at(text, place.start), what });
        }
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => {
                let Some((level, text)) = heading.take() else { continue };
                rendered.add_heading(&mut events, level, text);
            }
            Event::Text(part) | Event::Code(part) if heading.is_some() => {
                if let Some((_, text)) = &mut heading {
                    text.push_str(&part);
                }
            }
            event if heading.is_none() => events.push(event),
            _ => {}
        }
    }
    html::push_html(&mut rendered.html, events.into_iter());
    Ok(rendered)
}

impl Rendered {
    /// A heading is plain text: emphasis in it would say nothing.
    fn add_heading<'a>(&mut self, events: &mut Vec<Event<'a>>, level: HeadingLevel, text: String) {
        if level == HeadingLevel::H1 && self.title.is_none() {
            self.title = Some(text);
            return;
        }
        // The page's own heading is the only one of the first level.
        let level = level.max(HeadingLevel::H2);
        let id = (level == HeadingLevel::H2).then(|| format!("part-{}", self.contents.len() + 1));
        let start = Tag::Heading { level, id: id.clone().map(CowStr::from), classes: vec![], attrs: vec![] };
        self.contents.extend(id.map(|id| Heading { id, text: text.clone() }));
        events.push(Event::Start(start));
        events.push(Event::Text(text.into()));
        events.push(Event::End(TagEnd::Heading(level)));
    }
}

fn refused(event: &Event<'_>) -> Option<&'static str> {
    match event {
        Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::HtmlBlock) => Some(RAW_HTML),
        Event::Start(Tag::Image { .. }) => Some(IMAGE),
        Event::Start(Tag::Link { link_type, dest_url, .. })
            if *link_type != LinkType::Email && !is_plain_address(dest_url) =>
        {
            Some(LINK)
        }
        _ => None,
    }
}

fn is_plain_address(url: &str) -> bool {
    let local = (url.starts_with('/') && !url.starts_with("//") && !url.contains('\\')) || url.starts_with('#');
    local || ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| url.starts_with(scheme))
}

fn line_at(text: &str, place: usize) -> usize {
    text.as_bytes()[..place.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_title_parts_and_tables() {
        let text = "# 제목\n\n글 **굵게** [길](/refunds) <help@shop.example>\n\n## *첫* 부분\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## 둘\n\n### 작은\n\n# 또\n";
        let rendered = render(text).unwrap();
        assert_eq!(rendered.title.as_deref(), Some("제목"));
        let contents: Vec<(&str, &str)> =
            rendered.contents.iter().map(|part| (part.id.as_str(), part.text.as_str())).collect();
        assert_eq!(contents, [("part-1", "첫 부분"), ("part-2", "둘"), ("part-3", "또")]);
        for part in [
            "<strong>굵게</strong>",
            "<a href=\"/refunds\">길</a>",
            "mailto:help@shop.example",
            "<h2 id=\"part-1\">첫 부분</h2>",
            "<td>1</td>",
            "<h3>작은</h3>",
        ] {
            assert!(rendered.html.contains(part), "{part}: {}", rendered.html);
        }
        assert!(!rendered.html.contains("<h1"));
    }

    #[test]
    fn what_a_page_does_not_show_is_refused_with_its_line() {
        let table = [
            ("글\n\n<script>alert(1)</script>", 3, RAW_HTML),
            ("글 <b>굵게</b>", 1, RAW_HTML),
            ("<!-- 숨은 글 -->", 1, RAW_HTML),
            ("글\n<img src=x onerror=alert(1)>", 2, RAW_HTML),
            ("# 제목 <i>x</i>", 1, RAW_HTML),
            ("[x](javascript:alert(1))", 1, LINK),
            ("[x](JavaScript:alert(1))", 1, LINK),
            ("[x](data:text/html,x)", 1, LINK),
            ("[x](//evil.example)", 1, LINK),
            ("[x](/\\evil.example)", 1, LINK),
            ("<javascript:alert(1)>", 1, LINK),
            ("[x][y]\n\n[y]: vbscript:x", 1, LINK),
            ("![x](/og.png)", 1, IMAGE),
        ];
        for (text, line, what) in table {
            assert_eq!(render(text), Err(MarkdownProblem { line, what }), "{text}");
        }
    }

    #[test]
    fn what_looks_like_html_in_code_or_after_a_backslash_is_text() {
        let rendered = render("`<b>` \\<script> & \"x\"").unwrap();
        assert!(rendered.html.contains("<code>&lt;b&gt;</code> &lt;script&gt; &amp; \"x\""), "{}", rendered.html);
    }

    #[test]
    fn a_text_may_say_when_it_was_changed() {
        assert_eq!(split_date("updated: 2026-11-23\n\n# x"), Ok((Some("2026-11-23".to_owned()), "\n# x")));
        assert_eq!(split_date("# x"), Ok((None, "# x")));
        for wrong in ["updated: yesterday\n", "updated: 2026-02-30\n", "updated:\n"] {
            assert_eq!(split_date(wrong), Err(MarkdownProblem { line: 1, what: DATE }), "{wrong}");
        }
    }
}
