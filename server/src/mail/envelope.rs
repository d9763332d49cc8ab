//! A letter as mail servers read it: headers, and the text twice (multipart/alternative). Everything goes
//! through lettre's encoders, and the body is base64, so that nothing a person typed reaches a header or a
//! line's end raw.

use idna::domain_to_ascii;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use shop::ports::{Letter, NotSent};
use std::time::{Duration, UNIX_EPOCH};

/// Tells other machines not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Puts a letter into its envelope.
///
/// # Errors
/// An address that no mail server would take.
pub fn message_of(from: &Mailbox, letter: &Letter) -> Result<Message, NotSent> {
    let failed = |what: &str| NotSent { reason: what.to_owned(), said: what.to_owned() };
    let to = Mailbox::new(
        Some(one_line(&letter.name)).filter(|name| !name.is_empty()),
        address_of(&letter.address).ok_or_else(|| failed("the address is none that letters can be sent to"))?,
    );
    let written_at = UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.written_at.millis()).unwrap_or(0));
    let id = format!("<{}@{}>", hex::encode(rand::random::<[u8; 16]>()), from.email.domain());
    let part = |kind: ContentType, text: &str| {
        SinglePart::builder().header(kind).header(ContentTransferEncoding::Base64).body(text.to_owned())
    };
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&letter.subject))
        .date(written_at)
        .message_id(Some(id))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
                .singlepart(part(ContentType::TEXT_HTML, &letter.html)),
        )
        .map_err(|error| failed(&format!("the letter could not be put into its envelope: {error}")))
}

/// Domains travel in ASCII; the part before the @ as it is.
fn address_of(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    Address::new(local, domain_to_ascii(domain).ok()?).ok()
}

/// Without line ends and other control characters: what goes into a header is one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
