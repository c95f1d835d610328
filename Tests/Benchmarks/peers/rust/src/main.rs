//! The push endpoint as hyper, tokio and the openssl crate make it: verifies the token with keys that are prepared once,
//! decodes the push and the message, answers what jitcleanup answers, and writes a line. With REMEMBERED_TOKENS set, so
//! many verified tokens are remembered, as jitcleanup does, and their claims are checked again with each push.

use std::collections::HashMap;
use std::convert::Infallible;
use std::env;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::service::{make_service_fn, service_fn};
use hyper::{body, Body, Client, Method, Request, Response, Server, StatusCode};
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const GRACE_SECONDS: i64 = 60;
const MAXIMUM_BODY: u64 = 16 << 20;

#[derive(Clone, Deserialize)]
struct Claims {
    aud: String,
    email: String,
    email_verified: bool,
    iss: String,
    exp: i64,
    iat: i64,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: String,
}

struct Endpoint {
    audience: String,
    account: String,
    keys: HashMap<String, PKey<Public>>,
    remembered: usize,
    known: RwLock<HashMap<String, Claims>>,
}

impl Endpoint {
    fn accepts(&self, claims: &Claims) -> bool {
        let now = seconds_now();
        claims.iss == "https://accounts.google.com"
            && claims.aud == self.audience
            && claims.email == self.account
            && claims.email_verified
            && now <= claims.exp + 60
            && now >= claims.iat - 60
    }

    /// Whether the push may be made; nothing says why not.
    fn verify(&self, request: &Request<Body>) -> Option<()> {
        let token = request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        if self.remembered > 0 {
            if let Some(claims) = self.known.read().ok()?.get(token) {
                return self.accepts(claims).then_some(());
            }
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, payload) = signed.split_once('.')?;
        let head: Head = decode(head)?;
        let key = self.keys.get(&head.kid).filter(|_| head.alg == "RS256")?;
        let signature = base64::decode_config(signature, base64::URL_SAFE_NO_PAD).ok()?;
        let mut verifier = Verifier::new(MessageDigest::sha256(), key).ok()?;
        if !verifier.verify_oneshot(&signature, signed.as_bytes()).ok()? {
            return None;
        }
        let claims: Claims = decode(payload)?;
        if !self.accepts(&claims) {
            return None;
        }
        if self.remembered > 0 {
            let mut known = self.known.write().ok()?;
            if known.len() >= self.remembered {
                // Any one: cheaper than the least recently used.
                let oldest = known.keys().next().cloned()?;
                known.remove(&oldest);
            }
            known.insert(token.to_owned(), claims);
        }
        Some(())
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&base64::decode_config(part, base64::URL_SAFE_NO_PAD).ok()?).ok()
}

fn seconds_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

#[derive(Deserialize)]
struct Envelope {
    message: PubsubMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PubsubMessage {
    data: String,
    message_id: String,
}

#[derive(Deserialize)]
struct Message {
    r#type: String,
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    role: String,
    beneficiary: String,
    project_id: String,
    end_time: String,
}

#[derive(Serialize)]
struct Line<'a> {
    severity: &'a str,
    time: String,
    message: &'a str,
    event: &'a str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beneficiary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn answer(endpoint: Arc<Endpoint>, request: Request<Body>) -> Response<Body> {
    match (request.method(), request.uri().path()) {
        (_, "/health") => return status(StatusCode::OK),
        (&Method::POST, "/push") => (),
        (_, "/push") => return status(StatusCode::METHOD_NOT_ALLOWED),
        _ => return status(StatusCode::NOT_FOUND),
    }
    if endpoint.verify(&request).is_none() {
        let mut response = status(StatusCode::UNAUTHORIZED);
        response.headers_mut().insert(WWW_AUTHENTICATE, "Bearer".parse().expect("a header's value"));
        return response;
    }
    push(request).await.unwrap_or_else(|| status(StatusCode::BAD_REQUEST))
}

async fn push(request: Request<Body>) -> Option<Response<Body>> {
    let length: u64 = request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    if length > MAXIMUM_BODY {
        return None;
    }
    let body = body::to_bytes(request.into_body()).await.ok()?;
    let envelope: Envelope = serde_json::from_slice(&body).ok()?;
    let data = base64::decode(&envelope.message.data).ok()?;
    let mut line = Line {
        severity: "INFO",
        time: DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Nanos, true),
        message: "Acknowledged: the message makes no binding",
        event: "message.ignored",
        message_id: &envelope.message.message_id,
        project: None,
        beneficiary: None,
        roles: None,
        end: None,
        seconds: None,
    };
    let mut response = status(StatusCode::NO_CONTENT);
    let message = serde_json::from_slice::<Message>(&data).ok();
    if let Some(message) = &message {
        if message.r#type == "ActivationSelfApproved" || message.r#type == "ActivationApproved" {
            let attributes = &message.attributes;
            let end: DateTime<FixedOffset> = DateTime::parse_from_rfc3339(&attributes.end_time).ok()?;
            let seconds = end.timestamp() - seconds_now() + GRACE_SECONDS;
            line.message = "Not ended: it will be delivered again";
            line.event = "activation.waiting";
            line.project = Some(&attributes.project_id);
            line.beneficiary = Some(&attributes.beneficiary);
            line.roles = Some(&attributes.role);
            line.end = Some(end.to_rfc3339_opts(SecondsFormat::Secs, true));
            line.seconds = Some(seconds);
            response = status(StatusCode::from_u16(425).ok()?);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
    }
    let mut text = serde_json::to_vec(&line).ok()?;
    text.push(b'\n');
    std::io::stdout().write_all(&text).ok()?;
    Some(response)
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kid: String,
    n: String,
    e: String,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn fetch_keys(url: &str) -> Result<HashMap<String, PKey<Public>>, Failure> {
    let answer = Client::new().get(url.parse()?).await?;
    let set: KeySet = serde_json::from_slice(&body::to_bytes(answer.into_body()).await?)?;
    let number = |text: &str| -> Result<BigNum, Failure> {
        Ok(BigNum::from_slice(&base64::decode_config(text, base64::URL_SAFE_NO_PAD)?)?)
    };
    let prepared = |key: &Key| -> Result<PKey<Public>, Failure> {
        Ok(PKey::from_rsa(Rsa::from_public_components(number(&key.n)?, number(&key.e)?)?)?)
    };
    set.keys.into_iter().map(|key| prepared(&key).map(|made| (key.kid, made))).collect()
}

async fn serve() -> Result<(), Failure> {
    let endpoint = Arc::new(Endpoint {
        audience: env::var("PUSH_AUDIENCE")?,
        account: env::var("PUSH_SERVICE_ACCOUNT")?,
        keys: fetch_keys(&env::var("JWKS_URL")?).await?,
        remembered: env::var("REMEMBERED_TOKENS").map_or(Ok(0), |text| text.parse())?,
        known: RwLock::default(),
    });
    let address: SocketAddr = ([127, 0, 0, 1], env::var("PORT")?.parse()?).into();
    let service = make_service_fn(move |_| {
        let endpoint = endpoint.clone();
        async move {
            Ok::<_, Infallible>(service_fn(move |request| {
                let endpoint = endpoint.clone();
                async move { Ok::<_, Infallible>(answer(endpoint, request).await) }
            }))
        }
    });
    Server::bind(&address).tcp_nodelay(true).serve(service).await?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve())
}
