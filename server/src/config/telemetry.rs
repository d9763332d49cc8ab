//! Where traces go: the standard names of OpenTelemetry, as far as the program follows them.

use super::parse::host_and_port;
use super::plaintext::Service;
use super::source::Source;
use super::{ConfigError, Plaintext};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Uri};
use percent_encoding::percent_decode_str;

/// Where OTLP over HTTP takes traces, below the endpoint.
const TRACES_PATH: &str = "/v1/traces";
/// What the program is called when nobody says otherwise.
const SERVICE: &str = "damda";

/// Every `OTEL_…`.
#[derive(Clone, Debug)]
pub struct TelemetrySettings {
    pub endpoint: Endpoint,
    /// Sent with every call: keys, as a rule. They print as `Sensitive`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub service: String,
    /// The share of traces that is collected, 0 to 1; a trusted proxy's own decision counts more.
    pub ratio: f64,
}

/// A collector's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub is_tls: bool,
    pub host: String,
    pub port: u16,
    /// As the header `Host` has it.
    pub authority: String,
    pub path: String,
}

impl Endpoint {
    /// `http(s)://host[:port][/path]`, to which the path of traces is added.
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?.as_str();
        let (host, port) = host_and_port(authority, if is_tls { 443 } else { 80 })?;
        if uri.query().is_some() || text.contains('#') {
            return None;
        }
        let path = format!("{}{TRACES_PATH}", uri.path().trim_end_matches('/'));
        Some(Self { is_tls, host, port, authority: authority.to_owned(), path })
    }
}

/// How it is decided which traces are collected.
#[derive(Clone, Copy)]
enum Sampler {
    All,
    OfProxies,
    Ratio,
}

impl TelemetrySettings {
    /// `None`: no traces are collected.
    ///
    /// # Errors
    /// One sentence. Neither the endpoint nor the headers are repeated: keys may stand in both.
    pub fn read(source: &Source, plaintext: &Plaintext) -> Result<Option<Self>, ConfigError> {
        let endpoint = read_endpoint(source, plaintext)?;
        let headers = read_headers(source)?;
        let protocol = source.word("OTEL_EXPORTER_OTLP_PROTOCOL", &[("http/protobuf", ())])?;
        let service = source.line("OTEL_SERVICE_NAME")?;
        let sampler = source.word(
            "OTEL_TRACES_SAMPLER",
            &[
                ("parentbased_traceidratio", Sampler::Ratio),
                ("parentbased_always_on", Sampler::All),
                ("parentbased_always_off", Sampler::OfProxies),
            ],
        )?;
        let ratio =
            source.parsed("OTEL_TRACES_SAMPLER_ARG", parse_ratio, "write a share from `0` to `1`, such as `0.1`")?;
        let Some(endpoint) = endpoint else {
            let set = [
                ("OTEL_EXPORTER_OTLP_HEADERS", !headers.is_empty()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.is_some()),
                ("OTEL_SERVICE_NAME", !service.is_empty()),
                ("OTEL_TRACES_SAMPLER", sampler.is_some()),
                ("OTEL_TRACES_SAMPLER_ARG", ratio.is_some()),
            ];
            return match set.into_iter().find(|(_, is_set)| *is_set) {
                None => Ok(None),
                Some((name, _)) => Err(ConfigError::new(format!(
                    "{name} is set without OTEL_EXPORTER_OTLP_ENDPOINT: set that too, or unset it"
                ))),
            };
        };
        let ratio = match (sampler.unwrap_or(Sampler::Ratio), ratio) {
            (Sampler::Ratio, ratio) => ratio.unwrap_or(1.0),
            (Sampler::All, None) => 1.0,
            (Sampler::OfProxies, None) => 0.0,
            (Sampler::All | Sampler::OfProxies, Some(_)) => {
                return Err(ConfigError::new(
                    "OTEL_TRACES_SAMPLER_ARG is for OTEL_TRACES_SAMPLER=parentbased_traceidratio: set it to that, or unset one of them",
                ));
            }
        };
        let service = if service.is_empty() { SERVICE.to_owned() } else { service };
        Ok(Some(Self { endpoint, headers, service, ratio }))
    }
}

fn read_endpoint(source: &Source, plaintext: &Plaintext) -> Result<Option<Endpoint>, ConfigError> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let Some(text) = source.find(NAME)? else { return Ok(None) };
    let endpoint = Endpoint::parse(&text).ok_or_else(|| {
        ConfigError::new(format!(
            "{NAME} is not understood: write the address of a collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`"
        ))
    })?;
    plaintext.check(Service::Otlp, NAME, [endpoint.host.as_str()], endpoint.is_tls, "write `https://`")?;
    Ok(Some(endpoint))
}

fn read_headers(source: &Source) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    let Some(text) = source.find(NAME)? else { return Ok(Vec::new()) };
    let headers = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse_header);
    headers.collect::<Option<_>>().ok_or_else(|| {
        ConfigError::new(format!(
            "{NAME} is not understood: write `name=value` pairs with commas between, such as `api-key=KEY`, and what \
             is special in a value as `%20`"
        ))
    })
}

/// `name=value`, the value percent-encoded. What HTTP itself says of a call is not for others to say.
fn parse_header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once('=')?;
    let name: HeaderName = name.trim().parse().ok()?;
    if [HOST, CONTENT_TYPE, CONTENT_LENGTH, CONNECTION, TRANSFER_ENCODING].contains(&name) {
        return None;
    }
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

fn parse_ratio(text: &str) -> Option<f64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits.then(|| text.parse().ok()).flatten().filter(|ratio| (0.0..=1.0).contains(ratio))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const HERE: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

    fn read(set: &[(&str, &str)]) -> Result<Option<TelemetrySettings>, ConfigError> {
        read_with(set, &Plaintext::default())
    }

    fn read_with(set: &[(&str, &str)], plaintext: &Plaintext) -> Result<Option<TelemetrySettings>, ConfigError> {
        let set: HashMap<String, String> = set.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        TelemetrySettings::read(&Source::new(move |name| set.get(name).map(Into::into), None)?, plaintext)
    }

    #[test]
    fn traces_are_collected_only_for_who_says_where() {
        assert!(read(&[]).unwrap().is_none());
        let settings = read(&[HERE]).unwrap().unwrap();
        let expected = Endpoint {
            is_tls: false,
            host: "127.0.0.1".to_owned(),
            port: 4318,
            authority: "127.0.0.1:4318".to_owned(),
            path: "/v1/traces".to_owned(),
        };
        assert_eq!(settings.endpoint, expected);
        assert_eq!((settings.service.as_str(), settings.headers.len()), ("damda", 0));
        assert!((settings.ratio - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn an_endpoint_has_a_port_and_a_path_below_which_traces_go() {
        let table = [
            ("https://otlp.example", Some(("otlp.example", 443, "/v1/traces"))),
            ("https://otlp.example/", Some(("otlp.example", 443, "/v1/traces"))),
            ("https://otlp.example:4318/otlp/", Some(("otlp.example", 4318, "/otlp/v1/traces"))),
            ("https://[::1]:4318", Some(("::1", 4318, "/v1/traces"))),
            ("otlp.example:4318", None),
            ("grpc://otlp.example", None),
            ("https://key@otlp.example", None),
            ("https://otlp.example?key=x", None),
            ("https://otlp.example#x", None),
            ("https://", None),
            ("https://otlp.example:0", None),
        ];
        for (text, expected) in table {
            let parsed = Endpoint::parse(text);
            let parsed = parsed.as_ref().map(|endpoint| (&*endpoint.host, endpoint.port, &*endpoint.path));
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn headers_are_pairs_whose_values_do_not_print() {
        let settings = read(&[HERE, ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2, x-scope=a%20b%2Cc,")]);
        let settings = settings.unwrap().unwrap();
        let headers: Vec<(&str, &str)> =
            settings.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(headers, [("api-key", "hunter2"), ("x-scope", "a b,c")]);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn a_share_of_traces_is_collected() {
        let ratio = |set: &[(&str, &str)]| read(&[&[HERE][..], set].concat()).unwrap().unwrap().ratio;
        let table = [
            (("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), 1.0),
            (("OTEL_TRACES_SAMPLER", "parentbased_always_on"), 1.0),
            (("OTEL_TRACES_SAMPLER", "parentbased_always_off"), 0.0),
            (("OTEL_TRACES_SAMPLER_ARG", "0.25"), 0.25),
            (("OTEL_TRACES_SAMPLER_ARG", "0"), 0.0),
        ];
        for (set, expected) in table {
            assert!((ratio(&[set]) - expected).abs() < f64::EPSILON, "{set:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_one_sentence_without_a_key() {
        type Set<'a> = &'a [(&'a str, &'a str)];
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
        let table: &[(Set<'_>, &str, &str)] = &[
            (&[(ENDPOINT, "hunter2")], ENDPOINT, "http://127.0.0.1:4318"),
            (&[(ENDPOINT, "https://u:hunter2@otlp.example")], ENDPOINT, "http://127.0.0.1:4318"),
            (&[(ENDPOINT, "http://10.0.0.7:4318")], "OTEL_EXPORTER_OTLP_ENDPOINT names 10.0.0.7", "PLAINTEXT=otlp"),
            (&[HERE, (HEADERS, "hunter2")], HEADERS, "`name=value`"),
            (&[HERE, (HEADERS, "api key=hunter2")], HEADERS, "`name=value`"),
            (&[HERE, (HEADERS, "api-key=hunter2%0d%0ax: y")], HEADERS, "`name=value`"),
            (&[HERE, (HEADERS, "api-key=hunter2%ff")], HEADERS, "`name=value`"),
            (&[HERE, (HEADERS, "host=hunter2")], HEADERS, "`name=value`"),
            (&[(HEADERS, "api-key=hunter2")], HEADERS, "OTEL_EXPORTER_OTLP_ENDPOINT"),
            (&[HERE, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], "OTEL_EXPORTER_OTLP_PROTOCOL", "`http/protobuf`"),
            (&[HERE, ("OTEL_SERVICE_NAME", "a\nb")], "OTEL_SERVICE_NAME", "one line"),
            (&[("OTEL_SERVICE_NAME", "shop")], "OTEL_SERVICE_NAME", "unset"),
            (&[HERE, ("OTEL_TRACES_SAMPLER", "always_on")], "OTEL_TRACES_SAMPLER", "`parentbased_always_on`"),
            (&[HERE, ("OTEL_TRACES_SAMPLER_ARG", "10%")], "OTEL_TRACES_SAMPLER_ARG", "`0.1`"),
            (&[HERE, ("OTEL_TRACES_SAMPLER_ARG", "1.5")], "OTEL_TRACES_SAMPLER_ARG", "`0.1`"),
            (&[HERE, ("OTEL_TRACES_SAMPLER_ARG", "nan")], "OTEL_TRACES_SAMPLER_ARG", "`0.1`"),
            (
                &[HERE, ("OTEL_TRACES_SAMPLER", "parentbased_always_on"), ("OTEL_TRACES_SAMPLER_ARG", "0.1")],
                "OTEL_TRACES_SAMPLER_ARG",
                "unset",
            ),
        ];
        for (set, begins, remedy) in table {
            let said = read(set).expect_err(begins).to_string();
            assert!(said.starts_with(begins) && said.contains(remedy) && !said.contains("hunter2"), "{set:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }

    #[test]
    fn a_collector_beyond_this_machine_is_reached_by_tls_or_knowingly_in_the_clear() {
        let beyond = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(read(&[beyond]).is_err());
        assert!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318")]).is_ok());
        assert!(read_with(&[beyond], &Plaintext::parse("otlp").unwrap()).is_ok());
    }
}
