//! Reads HTML as far as it takes to see whether a stranger's text became a part of it.

/// One opening tag.
#[derive(Debug, Default)]
pub struct Tag {
    pub name: String,
    /// Names in small letters; values as they stand.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What runs or shows something of others.
const FOREIGN: [&str; 8] = ["iframe", "object", "embed", "applet", "base", "frame", "portal", "math"];

/// Panics when a page holds what no page of ours does: a script without a nonce, a handler in an attribute, an
/// address that is code, a frame, a quote that ends a tag too early. Gives its tags.
pub fn check_html(html: &str) -> Vec<Tag> {
    let tags = read_tags(html);
    for tag in &tags {
        let bad = |what: &str| panic!("{what}: {tag:?} in {html}");
        let is_data = tag.value("type") == Some("application/ld+json");
        if tag.name == "script" && !is_data && tag.value("nonce").is_none_or(str::is_empty) {
            bad("a script without a nonce");
        }
        if FOREIGN.contains(&tag.name.as_str()) {
            bad("something foreign");
        }
        for (name, value) in &tag.attributes {
            if name.starts_with("on") || name.contains(['"', '\'', '<', '=']) {
                bad("an attribute that nobody wrote");
            }
            if ["href", "src", "action", "formaction"].contains(&name.as_str()) && !is_address(value) {
                bad("an address that is none");
            }
        }
    }
    tags
}

fn is_address(value: &str) -> bool {
    let bare: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let bare = bare.to_ascii_lowercase();
    let path = bare.split(['?', '#', '/']).next().unwrap_or_default();
    match path.split_once(':') {
        Some((scheme, _)) => ["http", "https", "mailto", "tel"].contains(&scheme),
        None => true,
    }
}

fn read_tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let tag;
            (tag, rest) = read_tag(rest);
            // What stands in these is text whatever it looks like.
            if ["script", "style", "title", "textarea"].contains(&tag.name.as_str()) {
                let end = rest.to_ascii_lowercase().find(&format!("</{}", tag.name)).unwrap_or(rest.len());
                if tag.name == "script" && tag.value("type") == Some("application/ld+json") {
                    let data = serde_json::from_str::<serde_json::Value>(&rest[..end]);
                    assert!(data.is_ok(), "a data block that is none: {}", &rest[..end]);
                }
                rest = &rest[end..];
            }
            tags.push(tag);
        }
    }
    tags
}

/// A tag from its name on, and what follows it.
fn read_tag(text: &str) -> (Tag, &str) {
    let ends_name = |c: char| c.is_whitespace() || c == '/' || c == '>';
    let name_end = text.find(ends_name).unwrap_or(text.len());
    let mut tag = Tag { name: text[..name_end].to_ascii_lowercase(), ..Tag::default() };
    let mut rest = &text[name_end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (tag, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        let end = rest.find(|c: char| ends_name(c) || c == '=').unwrap_or(rest.len()).max(1);
        let end = (end..=rest.len()).find(|end| rest.is_char_boundary(*end)).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut value = "";
        if let Some(given) = rest.trim_start().strip_prefix('=') {
            let given = given.trim_start();
            let quote = given.chars().next().filter(|c| ['"', '\''].contains(c));
            (value, rest) = match quote {
                Some(quote) => given[1..].split_once(quote).unwrap_or((&given[1..], "")),
                None => given.split_at(given.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(given.len())),
            };
        }
        tag.attributes.push((name, value.to_owned()));
    }
}
