//! The owner's texts and details, from where the owner keeps them: settings, and files in `PAGES_DIR`.
//! What they mean is `app::legal`'s.

use crate::config::{Config, ConfigError};
use app::legal::{Legal, Seller, file_names};
use app::text::Lang;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// The longest text: far more than any terms, far less than would hurt.
const MOST_BYTES: u64 = 256 * 1024;

/// The details and texts of this shop. The demo, whose owner has said nothing, gets an example's.
///
/// # Errors
/// One sentence naming `PAGES_DIR` and the file that cannot be shown.
pub fn read_legal(config: &Config, is_demo: bool) -> Result<Legal, ConfigError> {
    let seller = if is_demo && config.seller.is_blank() { Seller::example(Lang::Ko) } else { config.seller.clone() };
    let own = match &config.pages_dir {
        Some(folder) => read_folder(folder)?,
        None => BTreeMap::new(),
    };
    Legal::read(seller, |name| own.get(name).cloned()).map_err(|problem| {
        ConfigError::new(format!(
            "PAGES_DIR: line {} of {} {}",
            problem.problem.line, problem.file, problem.problem.what
        ))
    })
}

fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let broken =
        |what: String, remedy: &str| ConfigError::new(format!("PAGES_DIR is {}, {what}: {remedy}", folder.display()));
    let entries = std::fs::read_dir(folder)
        .map_err(|error| broken(format!("which cannot be read ({error})"), "name a folder of Markdown files"))?;
    let known: Vec<String> = file_names().collect();
    let mut texts = BTreeMap::new();
    for entry in entries {
        let entry =
            entry.map_err(|error| broken(format!("which cannot be read ({error})"), "name a readable folder"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".md") {
            continue;
        }
        if !known.contains(&name) {
            let remedy = format!("rename it to one of {}, or take it away", known.join(", "));
            return Err(broken(format!("where {name} is no page of the shop"), &remedy));
        }
        let text = read_text(&entry.path())
            .map_err(|what| broken(format!("where {name} {what}"), "keep a readable text in UTF-8 there"))?;
        texts.insert(name, text);
    }
    Ok(texts)
}

fn read_text(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read ({error})"))?.len();
    if size > MOST_BYTES {
        return Err(format!("has {size} bytes, more than {MOST_BYTES}"));
    }
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => "is not UTF-8".to_owned(),
        _ => format!("cannot be read ({error})"),
    })
}

/// Tells the owner what the law still asks for.
pub fn warn_of_missing(seller: &Seller) {
    let missing = missing_settings(seller);
    if !missing.is_empty() {
        tracing::warn!(
            "the seller's details are not complete, and Korean law asks for them on the first page: set {}",
            missing.join(", ")
        );
    }
}

/// Settings whose absence leaves out what Articles 10 and 13 ask for.
fn missing_settings(seller: &Seller) -> Vec<&'static str> {
    [
        ("SELLER_NAME", &seller.name),
        ("SELLER_REPRESENTATIVE", &seller.representative),
        ("SELLER_BUSINESS_NUMBER", &seller.business_number),
        ("SELLER_MAIL_ORDER_NUMBER", &seller.mail_order_number),
        ("SELLER_ADDRESS", &seller.address),
        ("SELLER_PHONE", &seller.phone),
        ("SELLER_EMAIL", &seller.email),
        ("SELLER_HOSTING", &seller.hosting),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_empty())
    .map(|(name, _)| name)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &[u8])]) -> Result<BTreeMap<String, String>, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        read_folder(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_owners_texts_are_found_by_name() {
        let texts = read(&[("terms.ko.md", "# 약관".as_bytes()), ("notes.txt", b"mine")]).unwrap();
        assert_eq!(texts, BTreeMap::from([("terms.ko.md".to_owned(), "# 약관".to_owned())]));
    }

    #[test]
    fn a_file_that_would_never_be_shown_is_named() {
        let long = vec![b'x'; usize::try_from(MOST_BYTES).unwrap() + 1];
        let table: [(&str, &[u8], &str); 3] = [
            ("term.ko.md", b"# x", "rename it to one of terms.ko.md"),
            ("terms.ko.md", b"\xff\xfe", "is not UTF-8"),
            ("terms.en.md", &long, "more than"),
        ];
        for (name, text, part) in table {
            let said = read(&[(name, text)]).unwrap_err();
            assert!(said.starts_with("PAGES_DIR") && said.contains(name) && said.contains(part), "{said}");
        }
        let said = read_folder(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(said.starts_with("PAGES_DIR"), "{said}");
    }

    #[test]
    fn what_the_law_asks_for_is_named_until_it_is_given() {
        assert_eq!(missing_settings(&Seller::default()).len(), 8);
        assert!(missing_settings(&Seller::example(Lang::Ko)).is_empty());
        let phoneless = Seller { phone: String::new(), ..Seller::example(Lang::Ko) };
        assert_eq!(missing_settings(&phoneless), ["SELLER_PHONE"]);
    }
}
