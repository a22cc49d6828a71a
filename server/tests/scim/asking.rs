//! Requests as directories send them, and their answers against what is expected.

use crate::compare::{contains, has};
use crate::stage::{World, token};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use domain::cases::scim::{Expect, Send, Step, Token};
use serde_json::{Value, json};
use tower::ServiceExt;

impl World<'_> {
    fn filled(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.names {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    }

    fn filled_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.filled(text)),
            Value::Array(list) => list.iter().map(|item| self.filled_in(item)).collect(),
            Value::Object(object) => Value::Object(
                object
                    .iter()
                    .map(|(key, value)| (self.filled(key), self.filled_in(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn request(&self, send: &Send) -> Request<Body> {
        let mut uri = format!("/o/{}/scim/v2{}", self.slug, self.filled(&send.path));
        if !send.query.is_empty() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &send.query {
                query.append_pair(name, &self.filled(value));
            }
            uri = format!("{uri}?{}", query.finish());
        }
        let mut request = Request::builder().method(send.method.as_str()).uri(uri);
        let token = match send.token {
            None => Some(token(self.number, "live")),
            Some(Token::None) => None,
            Some(Token::Unknown) => Some(token(self.number, "unknown")),
            Some(Token::Revoked) => Some(token(self.number, "revoked")),
            Some(Token::Expired) => Some(token(self.number, "expired")),
            Some(Token::Other) => Some(token(self.number, "other")),
        };
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &send.headers {
            request = request.header(name, self.filled(value));
        }
        let body = match (&send.body, &send.text) {
            (Some(body), None) => Some(self.filled_in(body).to_string()),
            (None, Some(text)) => Some(self.filled(text)),
            (None, None) => None,
            (Some(_), Some(_)) => panic!("two bodies"),
        };
        let Some(mut body) = body else {
            return request.body(Body::empty()).unwrap();
        };
        if let Some(size) = send.size {
            assert!(body.len() <= size);
            body.push_str(&" ".repeat(size - body.len()));
        }
        let kind = send.media_type.as_deref().unwrap_or("application/scim+json");
        request
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    }

    /// Sends a request; how its answer differs from what is expected.
    pub async fn play(&mut self, step: &Step) -> Vec<String> {
        let request = self.request(&step.send);
        let response = self.stage.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = match bytes.is_empty() {
            true => Value::Null,
            false => {
                serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into())
            }
        };
        let keep = &step.expect.keep;
        if let (Some(name), Some(id)) = (&keep.id, body.get("id").and_then(Value::as_str)) {
            self.names.insert(name.clone(), id.to_owned());
        }
        if let (Some(name), Some(tag)) = (&keep.etag, headers.get(header::ETAG)) {
            self.names.insert(name.clone(), tag.to_str().unwrap().to_owned());
        }
        let mut wrong = self.differences(&step.expect, status, &headers, &body);
        if !wrong.is_empty() {
            wrong.push(format!("answered {status} {body}"));
        }
        wrong
    }

    fn differences(&self, expect: &Expect, status: u16, headers: &HeaderMap, body: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(what.to_owned());
            }
        };
        must(status == expect.status, &format!("status {}", expect.status));
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        must(header("cache-control") == Some("no-store"), "not kept");
        must(header("set-cookie").is_none(), "no cookie");
        if !body.is_null() {
            must(
                header("content-type") == Some("application/scim+json"),
                "media type",
            );
        }
        let kind = body.get("scimType").and_then(Value::as_str);
        if status >= 400 {
            let error = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": status.to_string() });
            must(contains(body, &error), "a SCIM error");
            must(
                body["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
                "a detail",
            );
        }
        if let Some(version) = body.pointer("/meta/version").and_then(Value::as_str) {
            must(
                header("etag").is_none_or(|tag| tag == version),
                "version is the ETag",
            );
        }
        if let Some(expected) = &expect.scim_type {
            must(kind == expected.as_deref(), &format!("scimType {expected:?}"));
        }
        for (name, expected) in &expect.headers {
            let expected = self.filled(expected);
            must(
                header(name) == Some(&expected),
                &format!("{name}: {expected}, not {:?}", header(name)),
            );
        }
        for path in &expect.absent {
            must(!has(body, path), &format!("no {path}"));
        }
        if let Some(expected) = &expect.body {
            let expected = self.filled_in(expected);
            must(contains(body, &expected), &format!("body {expected}"));
        }
        if let Some(list) = &expect.list {
            must(
                body["totalResults"] == list.total,
                &format!("{} in all", list.total),
            );
            must(
                list.first.is_none_or(|first| body["startIndex"] == first),
                "startIndex",
            );
            let empty = Vec::new();
            let found = body["Resources"].as_array().unwrap_or(&empty);
            let ids: Vec<&str> = found.iter().filter_map(|item| item["id"].as_str()).collect();
            let expected: Vec<String> = list.ids.iter().map(|id| self.filled(id)).collect();
            must(ids == expected, &format!("ids {expected:?}"));
            must(body["itemsPerPage"] == ids.len(), "itemsPerPage");
            for item in found {
                for path in &list.each.absent {
                    must(!has(item, path), &format!("no {path} in each"));
                }
                if let Some(expected) = &list.each.body {
                    must(contains(item, &self.filled_in(expected)), "body of each");
                }
            }
        }
        wrong
    }
}
