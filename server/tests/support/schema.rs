//! Looks a value over against the API's document: JSON Schema as far as the document uses it. A keyword it
//! does not know is an error, so that nothing in the document goes unchecked.

use regex::Regex;
use serde_json::{Map, Value};

/// The API's document.
pub struct Document(pub Value);

/// Says something about a schema without asking anything of a value.
const REMARKS: [&str; 6] = ["description", "title", "example", "examples", "default", "format"];

impl Document {
    /// How an operation answers with this status: the schema of its body under this content type.
    pub fn response_schema(&self, method: &str, path: &str, status: u16, content_type: &str) -> Option<&Value> {
        let operation = &self.0["paths"][path][method];
        let content = &operation["responses"][status.to_string()]["content"];
        content.get(content_type.split(';').next()?).map(|content| &content["schema"])
    }

    /// Everything in which `value` differs from `schema`; empty when it does not.
    pub fn differences(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        self.check(schema, value, "$", &mut found);
        self.find_undocumented(schema, value, "$", &mut found);
        found
    }

    /// What a `$ref` points to, or the value itself.
    pub fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').expect("a reference within the document");
                self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} points nowhere"))
            }
            None => value,
        }
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.resolved(schema).as_object().expect("a schema");
        for (keyword, asked) in schema {
            if let Some(problem) = self.check_keyword(keyword, asked, schema, value, at, found) {
                found.push(format!("{at}: {value} is not {problem}"));
            }
        }
    }

    /// What the value should have been.
    fn check_keyword(
        &self,
        keyword: &str,
        asked: &Value,
        schema: &Map<String, Value>,
        value: &Value,
        at: &str,
        found: &mut Vec<String>,
    ) -> Option<String> {
        let number = asked.as_i64();
        let length = value.as_str().and_then(|text| i64::try_from(text.chars().count()).ok());
        let count = value.as_array().and_then(|items| i64::try_from(items.len()).ok());
        let good = match keyword {
            "type" => match asked {
                Value::Array(types) => types.iter().any(|one| is_of_type(value, one)),
                one => is_of_type(value, one),
            },
            "enum" => asked.as_array().expect("a list").contains(value),
            "minimum" => value.as_i64().is_none_or(|value| Some(value) >= number),
            "maximum" => value.as_i64().is_none_or(|value| Some(value) <= number),
            "multipleOf" => value.as_i64().is_none_or(|value| value % number.expect("a number") == 0),
            "minLength" => length.is_none_or(|length| Some(length) >= number),
            "maxLength" => length.is_none_or(|length| Some(length) <= number),
            "pattern" => {
                let pattern = Regex::new(asked.as_str().expect("text")).expect("a regular expression");
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            "minItems" => count.is_none_or(|count| Some(count) >= number),
            "maxItems" => count.is_none_or(|count| Some(count) <= number),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(asked, item, &format!("{at}[{index}]"), found);
                }
                true
            }
            "required" => value.as_object().is_none_or(|fields| {
                let names = asked.as_array().expect("a list").iter();
                names.filter_map(Value::as_str).all(|name| fields.contains_key(name))
            }),
            "properties" => {
                for (name, property) in asked.as_object().expect("properties") {
                    if let Some(field) = value.get(name) {
                        self.check(property, field, &format!("{at}.{name}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(asked, &Value::Bool(false), "{at}: only `false` is used");
                let known = schema["properties"].as_object().expect("properties");
                value.as_object().is_none_or(|fields| fields.keys().all(|name| known.contains_key(name)))
            }
            "allOf" => {
                for part in asked.as_array().expect("a list") {
                    self.check(part, value, at, found);
                }
                true
            }
            "oneOf" => {
                let fits = |choice: &&Value| {
                    let mut found = Vec::new();
                    self.check(choice, value, at, &mut found);
                    found.is_empty()
                };
                asked.as_array().expect("a list").iter().filter(fits).count() == 1
            }
            remark if REMARKS.contains(&remark) => true,
            unknown => panic!("{at}: the document uses `{unknown}`, which this does not check"),
        };
        (!good).then(|| format!("{keyword} {asked}"))
    }

    /// A response may have more than a schema names, but ours never do.
    fn find_undocumented(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                let known = self.properties(schema);
                for (name, field) in fields {
                    let mut named = known.iter().filter(|(known, _)| known == name).peekable();
                    if named.peek().is_none() && !known.is_empty() {
                        found.push(format!("{at}.{name} is not in the document"));
                    }
                    // A field that several alternatives know is looked into by the one that fits.
                    if let Some((_, property)) = named.last() {
                        self.find_undocumented(property, field, &format!("{at}.{name}"), found);
                    }
                }
            }
            Value::Array(items) => {
                let items_schema = self.resolved(schema).get("items").cloned();
                for (index, item) in items.iter().enumerate() {
                    if let Some(schema) = &items_schema {
                        self.find_undocumented(schema, item, &format!("{at}[{index}]"), found);
                    }
                }
            }
            _ => {}
        }
    }

    /// Every property that a schema, its parts and its alternatives name.
    fn properties<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolved(schema);
        let own = schema["properties"].as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        let parts = ["allOf", "oneOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
        own.chain(parts.flat_map(|part| self.properties(part))).collect()
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        other => panic!("the document uses the type {other:?}, which this does not check"),
    }
}
