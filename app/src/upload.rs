//! How a file reaches a server function: a form in parts (`multipart/form-data`), the first part of a name counts. What
//! is no such form is one without any field, so that its function still says first who may send it. What a file is
//! called, and what its sender says that it is, is not read.

use crate::flash::Note;
use crate::onward::{lead_to_saying, page_before};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use http::{Method, Request};
use leptos::server_fn::ContentType;
use leptos::server_fn::codec::{Encoding, FromReq, IntoReq};
use leptos::server_fn::error::{FromServerFnError, IntoAppError, ServerFnErrorErr};
use serde::de::value::{Error as ValueError, MapDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, forward_to_deserialize_any};
use std::collections::BTreeMap;
use std::fmt;

/// No form of ours has more parts.
const MOST_PARTS: usize = 16;

/// The encoding of server functions that take a file.
#[derive(Clone, Copy, Debug)]
pub struct FilePost;

impl ContentType for FilePost {
    const CONTENT_TYPE: &'static str = "multipart/form-data";
}

impl Encoding for FilePost {
    const METHOD: Method = Method::POST;
}

/// The fields of one form with a file.
#[derive(Clone, Debug)]
pub struct Upload<T>(pub T);

impl<T, E> FromReq<FilePost, Request<Body>, E> for Upload<T>
where
    T: DeserializeOwned,
    E: FromServerFnError + Send,
{
    async fn from_req(request: Request<Body>) -> Result<Self, E> {
        let parts = read_parts(request).await.unwrap_or_default();
        if let Some(fields) = fields_of(parts) {
            return Ok(Upload(fields));
        }
        let _ = lead_to_saying(&page_before(), Note::Malformed);
        Err(ServerFnErrorErr::Args("the form cannot be read".to_owned()).into_app_error())
    }
}

/// No browser code of ours calls a server function; forms post themselves.
impl<T, R, E: FromServerFnError> IntoReq<FilePost, R, E> for Upload<T> {
    fn into_req(self, _path: &str, _accepts: &str) -> Result<R, E> {
        Err(ServerFnErrorErr::UnsupportedRequestMethod("forms post themselves".to_owned()).into_app_error())
    }
}

/// The parts of a form by name; `None` when it is none.
async fn read_parts(mut request: Request<Body>) -> Option<BTreeMap<String, Part>> {
    // The server has taken the body in by now, and bounded it.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut parts = BTreeMap::new();
    while let Some(field) = form.next_field().await.ok()? {
        if parts.len() == MOST_PARTS {
            return None;
        }
        let Some(name) = field.name().map(str::to_owned) else { continue };
        let bytes = field.bytes().await.ok()?;
        parts.entry(name).or_insert(Part(bytes.to_vec()));
    }
    Some(parts)
}

fn fields_of<T: DeserializeOwned>(parts: BTreeMap<String, Part>) -> Option<T> {
    T::deserialize(MapDeserializer::<_, ValueError>::new(parts.into_iter())).ok()
}

/// What one field holds: bytes, read as text where a text is asked for.
struct Part(Vec<u8>);

impl IntoDeserializer<'_, ValueError> for Part {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Part {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let text = String::from_utf8(self.0).map_err(|_| ValueError::custom("a field is not UTF-8"))?;
        visitor.visit_string(text)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_byte_buf(self.0)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// A file as it was sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FileBytes(pub Vec<u8>);

impl fmt::Debug for FileBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileBytes({})", self.0.len())
    }
}

impl Serialize for FileBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = FileBytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file")
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<FileBytes, E> {
        Ok(FileBytes(bytes))
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<FileBytes, E> {
        Ok(FileBytes(bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Fields {
        #[serde(default)]
        file: FileBytes,
        #[serde(default)]
        owner: String,
    }

    async fn read(content_type: &str, body: &[u8]) -> Option<Fields> {
        let request = Request::post("/fn/x").header("content-type", content_type).body(Body::from(body.to_vec()));
        fields_of(read_parts(request.unwrap()).await.unwrap_or_default())
    }

    fn part(name: &str, file: Option<&str>, value: &[u8]) -> Vec<u8> {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    }

    #[tokio::test]
    async fn a_form_with_a_file_is_read_whatever_is_missing_twice_or_unknown() {
        let form = |parts: &[Vec<u8>]| [parts.concat(), b"--X--\r\n".to_vec()].concat();
        let fields =
            |file: &[u8], owner: &str| Some(Fields { file: FileBytes(file.to_vec()), owner: owner.to_owned() });
        let large = vec![0xff; 3 * 1024 * 1024];
        let binary: &[u8] = b"\xff\x00\r\n--Y";
        let table = [
            (form(&[part("file", Some("a.png"), binary), part("owner", None, b"7")]), fields(binary, "7")),
            (form(&[part("file", Some("../x"), &large)]), fields(&large, "")),
            (form(&[part("owner", None, b"1"), part("owner", None, b"2")]), fields(b"", "1")),
            (form(&[part("other", None, binary), part("owner", None, b"3")]), fields(b"", "3")),
            (form(&[part("owner", None, b"\xff")]), None),
            (form(&[]), fields(b"", "")),
            (b"--X\r\nContent-Disposition: form-d".to_vec(), fields(b"", "")),
        ];
        for (body, expected) in table {
            assert_eq!(read("multipart/form-data; boundary=X", &body).await, expected);
        }
        assert_eq!(read("application/x-www-form-urlencoded", b"owner=7").await, fields(b"", ""));
    }
}
