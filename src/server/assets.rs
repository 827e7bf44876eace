//! Built files of the portal, served as they lie on disk, compressed where the build left a
//! compressed copy beside them.
//!
//! Never compresses anything itself and never lists a folder.

use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, ETAG, HeaderValue, IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::services::ServeDir;

/// The files below `folder`.
pub fn files(folder: &Path) -> ServeDir {
    ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// Says how long a file may be kept: fonts, whose content never changes under one name, for a
/// year; everything else as long as its tag is still the same.
pub async fn cache(request: Request, next: Next) -> Response {
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let font = Path::new(request.uri().path()).extension().is_some_and(|kind| kind == "woff2");
    let mut response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let keep = if font { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let tag = tag(&response);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(tag) = tag {
        headers.insert(ETAG, tag.clone());
        if known.is_some_and(|known| known == tag) {
            headers.remove(CONTENT_LENGTH);
            *response.body_mut() = Body::empty();
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
    }
    response
}

/// A weak tag of a file: its length as sent (which tells compressed copies apart) and its date.
fn tag(response: &Response) -> Option<HeaderValue> {
    let length = response.headers().get(CONTENT_LENGTH)?.to_str().ok()?;
    let date = response.headers().get(LAST_MODIFIED)?.to_str().ok()?;
    let date: String = date.chars().filter(char::is_ascii_alphanumeric).collect();
    HeaderValue::from_str(&format!("W/\"{length}-{date}\"")).ok()
}
