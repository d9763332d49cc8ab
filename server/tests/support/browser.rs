//! A browser without JavaScript: it posts forms, keeps cookies, and reads pages.

use super::client::{Answer, Client};
use reqwest::Method;
use std::collections::BTreeMap;

pub struct Browser {
    client: Client,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    /// One that sends what `visitor` would.
    pub fn through(visitor: &Client) -> Self {
        Self { client: visitor.with_header("accept", "text/html"), cookies: BTreeMap::new() }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = Answer::of(request.header("cookie", cookies.join("; "))).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a name");
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.client.request(Method::GET, path)).await
    }

    /// Posts a form and gives where it leads.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(self.client.request(Method::POST, path).form(fields)).await.expect(303);
        answer.header("location").to_owned()
    }
}
