//! A browser without JavaScript: it posts forms, keeps cookies, and reads pages.

use super::{Answer, Client, House, PASSWORD, fresh};
use reqwest::Method;
use std::collections::BTreeMap;

pub struct Browser {
    client: Client,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn of(house: &House) -> Self {
        Self { client: house.visitor().with_header("accept", "text/html"), cookies: BTreeMap::new() }
    }

    /// One that asks for a language.
    pub fn speaking(house: &House, lang: &str) -> Self {
        let mut browser = Self::of(house);
        browser.client = browser.client.with_header("accept-language", lang);
        browser
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

    /// Opens an account by the API, charges its wallet, and logs in.
    pub async fn log_in_with(&mut self, house: &House, won: i64) -> Client {
        let email = format!("{}@test.example", fresh("browsing"));
        let body = serde_json::json!({"email": email, "name": "김담이", "password": PASSWORD});
        let answer = house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
        let member = house.visitor().with_token(answer.body["access_token"].as_str().expect("a token"));
        let mut left = won;
        while left > 0 {
            member.charge(left.min(100_000)).await.expect(201);
            left -= 100_000;
        }
        self.post("/fn/login", &[("email", &email), ("password", PASSWORD), ("next", "/")]).await;
        member
    }
}
