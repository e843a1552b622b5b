//! Routes requests: maps paths to handlers, and decides which requests are answered.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, Response, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::get;

use super::access::is_host_and_port;
use super::answer::Refusal;
use super::paths::{beside, decoded, with_slash};
use super::server::{Came, Server};
use super::{original, page, v1};

/// The largest length of a path with its query, in bytes.
const MAX_URI_LEN: usize = 8 * 1024;

/// The start of the cookie's name. The port that the browser connected to follows, because browsers send cookies to all
/// servers of a host, and tunnels may lead from one host to several servers with the same port.
const COOKIE: &str = "mmash_token_";

impl Server {
    /// All routes.
    pub(crate) fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/stats", get(with_slash))
            .route("/stats/", get(original::labels))
            .route("/stats/{*prefix}", get(original::values))
            .route("/files", get(with_slash))
            .route("/files/", get(original::all_files))
            .route("/files/{*glob}", get(original::files))
            .route("/api/v1/processes", get(v1::processes::answer))
            .route("/api/v1/fields", get(v1::fields::answer))
            .route("/api/v1/query", get(v1::query::answer))
            .route("/api/v1/stream", get(v1::stream::answer))
            .route("/api/v1/openapi.json", get(v1::openapi))
            .fallback(get(page::answer).fallback(refuse_method))
            .method_not_allowed_fallback(refuse_method)
            .layer(middleware::from_fn_with_state(Arc::clone(&self), guard))
            .layer(middleware::map_response(with_headers))
            .with_state(self)
    }

    /// Whether `request`, which `came` in this way, may be answered. A client with the token in the URL is redirected,
    /// and gets a cookie.
    fn admit(&self, request: &Request, came: Came) -> Result<Option<Response<Body>>, Refusal> {
        if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > MAX_URI_LEN) {
            let reason = format!("expected a path and query of at most {MAX_URI_LEN} bytes, found more");
            return Err(Refusal::new(StatusCode::URI_TOO_LONG, reason));
        }
        let host = host_of(request)?;
        let port = match came {
            Came::Tcp(local) => self.check_host(host, local)?,
            // The owner may see the owner's files.
            Came::Unix { is_shared: false } => return Ok(None),
            Came::Unix { is_shared: true } => 0,
        };
        let Some(token) = &self.token else { return Ok(None) };
        let cookie = format!("{COOKIE}{port}");
        let (shown, rest): (Vec<&str>, Vec<&str>) =
            parameters(request).partition(|parameter| parameter.starts_with("token="));
        let guess = shown.first().and_then(|parameter| parameter.strip_prefix("token="));
        let what = match guess.map(decoded) {
            // Redirect also a client that has the cookie already, so that the token does not stay in the address.
            Some(guess) if token.is(&guess) => return Ok(Some(welcome(request, &cookie, &guess, &rest))),
            Some(_) => "the token is not the one in --token-file",
            None => "expected a token",
        };
        if page::is_for_all(request.uri().path())
            || bearer(request).is_some_and(|guess| token.is(guess))
            || cookies(request, &cookie).any(|guess| token.is(&decoded(guess)))
        {
            return Ok(None);
        }
        if accepts_html(request) {
            return Ok(Some(page::ask_for_token(guess.is_some(), request.uri().path(), &rest)));
        }
        let reason =
            format!("{what}; send a header \"Authorization: Bearer TOKEN\", or open /?token=TOKEN once");
        Err(Refusal::new(StatusCode::UNAUTHORIZED, reason))
    }

    /// Checks whether a request to the address `local` may name this `host`, if it names one. Returns the port that the
    /// client connected to, if the request says it.
    fn check_host(&self, host: Option<&str>, local: SocketAddr) -> Result<u16, Refusal> {
        let Some(host) = host else { return Ok(local.port()) };
        let authority: Option<Authority> = host.parse().ok().filter(is_host_and_port);
        let Some(authority) = authority else {
            let reason =
                format!("expected a host such as \"{local}\", with or without a port, found {host:?}");
            return Err(Refusal::bad_request(reason));
        };
        if self.hosts.allow(&authority, local) {
            return Ok(authority.port_u16().unwrap_or(local.port()));
        }
        let reason = format!(
            "expected a host such as \"{local}\" or \"localhost\", found {host:?}; allow others with --allowed-host"
        );
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, reason))
    }
}

/// The host that `request` names (RFC 9112, section 3.2): in its target, or else in its header. Requests of
/// HTTP/1.0 need not name one. No browser sends these.
fn host_of(request: &Request) -> Result<Option<&str>, Refusal> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Err(Refusal::bad_request("expected one Host header, found several"));
    }
    if header.is_none() && request.version() > Version::HTTP_10 {
        return Err(Refusal::bad_request("expected a Host header, found none"));
    }
    let target = request.uri().authority().map(Authority::as_str);
    // A header that is not ASCII is not a host either.
    Ok(target.or_else(|| header.map(|host| host.to_str().unwrap_or_default())))
}

/// Refuses requests that may not be answered.
async fn guard(Shared(server): Shared<Arc<Server>>, request: Request, next: Next) -> Response<Body> {
    let came = request.extensions().get().copied().unwrap_or(Came::Tcp(SocketAddr::from(([0; 4], 0))));
    match server.admit(&request, came) {
        Ok(None) if is_little_work(request.uri().path()) => next.run(request).await,
        Ok(None) => server.work.answer(request, next).await,
        Ok(Some(response)) => response,
        Err(refusal) => refusal.into_response(),
    }
}

/// Whether the answer at `path` is fixed or starts at once. Such answers do not wait for those that take long.
fn is_little_work(path: &str) -> bool {
    path == "/" || path == "/api/v1/stream" || path == "/api/v1/openapi.json" || path.starts_with("/page/")
}

/// Refuses methods that change something: no resource here can be changed.
async fn refuse_method(method: Method) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("expected the method GET or HEAD, found {method}"))
}

/// Adds the headers that each answer has.
async fn with_headers(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let mut tell = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    tell(header::CONTENT_SECURITY_POLICY, "default-src 'self'");
    tell(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    tell(header::X_FRAME_OPTIONS, "DENY");
    tell(header::REFERRER_POLICY, "no-referrer");
    tell(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The values of the cookies called `name`.
fn cookies<'a>(request: &'a Request, name: &str) -> impl Iterator<Item = &'a str> {
    let headers = request.headers().get_all(header::COOKIE).iter();
    let cookies = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    cookies.filter_map(move |cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Whether the client is a person with a browser.
fn accepts_html(request: &Request) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).iter();
    accepted.filter_map(|value| value.to_str().ok()).any(|value| value.contains("text/html"))
}

fn parameters(request: &Request) -> impl Iterator<Item = &str> {
    request.uri().query().into_iter().flat_map(|query| query.split('&'))
}

/// Redirects a client with the token in the URL to the same URL without it. Browsers would keep the token in histories.
fn welcome(request: &Request, cookie: &str, token: &str, rest: &[&str]) -> Response<Body> {
    let path = beside(request.uri().path());
    let location = if rest.is_empty() { path } else { format!("{path}?{}", rest.join("&")) };
    let mut cookie = format!("{cookie}=");
    for byte in token.bytes() {
        // Writing to a string does not fail.
        let _ = write!(cookie, "%{byte:02x}");
    }
    // Lax: links on other sites that lead here work, and requests by pages of other sites lack the cookie.
    cookie.push_str("; Path=/; HttpOnly; SameSite=Lax");
    let headers = [(header::LOCATION, location), (header::SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, headers, [(header::CACHE_CONTROL, "no-store")]).into_response()
}
