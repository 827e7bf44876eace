//! Headers that every answer carries, the content security policy of pages, and the refusal of
//! requests that another site sent.
//!
//! Never lets a page run a script without its nonce, and never lets itself be framed.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::state::AppState;
use crate::api::problem::Problem;

/// Policy of everything that is not a page: nothing may be loaded or run.
const POLICY_OF_DATA: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Policy of a page whose scripts and styles carry `nonce`. `wasm-unsafe-eval` allows WebAssembly
/// to be compiled and nothing else.
pub fn policy_of_page(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    )
}

/// Adds the headers that every answer carries; what a handler set stays.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY_OF_DATA);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    );
    // Answers are about people and their cases; only built assets may be kept (see `router`).
    set(CACHE_CONTROL, "no-store");
    set(VARY, "cookie");
    if state.https {
        set(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Refuses a change that a page of another site asked for. Requests that come from no browser
/// carry neither `Sec-Fetch-Site` nor `Origin` and pass: without a browser there is no cookie
/// that a stranger could ride on.
pub async fn same_site_only(
    State(state): State<AppState>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && !is_own(request.headers(), state.public_url.as_deref()) {
        return Problem::forbidden("This request came from another site and was refused.").into();
    }
    next.run(request).await
}

/// Whether a request comes from a page of our own, as far as the browser says.
fn is_own(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(&ORIGIN) else { return true };
    let host_of_origin = origin.split_once("://").map(|(_, host)| host);
    public_url == Some(origin) || (host_of_origin.is_some() && host_of_origin == text(&HOST))
}

/// Whether an answer is a page.
pub fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn case_85_the_policy_names_a_nonce_and_nothing_unsafe() {
        let policy = policy_of_page("abc");
        assert!(policy.contains("script-src 'self' 'nonce-abc' 'wasm-unsafe-eval';"));
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"));
        assert!(policy.contains("frame-ancestors 'none'"));
    }

    #[test]
    fn case_44_only_pages_of_our_own_may_ask_for_changes() {
        let own = |pairs| is_own(&headers(pairs), None);
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[]), "no browser");
        assert!(own(&[("origin", "http://here:3000"), ("host", "here:3000")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]), "a neighbor below the same domain");
        assert!(!own(&[("origin", "http://evil"), ("host", "here:3000")]));
        assert!(!own(&[("origin", "null"), ("host", "here:3000")]));
        let behind_proxy = headers(&[("origin", "https://bank"), ("host", "10.0.0.1")]);
        assert!(is_own(&behind_proxy, Some("https://bank")));
    }
}
