//! Whether a request comes from a page of our own: what a browser says of the page that
//! makes it. Programs that are no browsers say nothing, and need not.

use hyper::http::request::Parts;

use crate::config::Config;
use crate::ops::ApiError;

/// Lets requests of other sites' pages not through.
///
/// # Errors
///
/// `ForeignOrigin`.
pub fn check(parts: &Parts, config: &Config) -> Result<(), ApiError> {
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let refused = || {
        let message = "This request comes from a page of another site.";
        Err(ApiError::new("ForeignOrigin", 403, message))
    };
    if parts.headers.contains_key("origin") {
        let origin = header("origin").unwrap_or_default();
        let is_public = config.endpoints.public.as_deref() == Some(origin);
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let is_same = authority.is_some() && authority == header("host");
        return if is_public || is_same {
            Ok(())
        } else {
            refused()
        };
    }
    match header("sec-fetch-site") {
        Some("cross-site" | "same-site") => refused(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::config::Config;

    #[test]
    fn pages_of_others_are_refused() {
        let mut config = Config::default();
        config.endpoints.public = Some("https://kinora.example".to_owned());
        let allowed = |headers: &[(&str, &str)]| {
            let mut request = hyper::Request::builder().header("host", "127.0.0.1:8020");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            check(&parts, &config).is_ok()
        };
        assert!(allowed(&[]));
        assert!(allowed(&[("origin", "http://127.0.0.1:8020")]));
        assert!(allowed(&[("origin", "https://kinora.example")]));
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        for other in ["https://evil.example", "null", "http://127.0.0.1:8021", ""] {
            assert!(!allowed(&[("origin", other)]), "{other}");
        }
        assert!(!allowed(&[("sec-fetch-site", "cross-site")]));
    }
}
