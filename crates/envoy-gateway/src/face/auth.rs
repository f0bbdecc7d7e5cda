//! Who may call: tokens, compared in a time that says nothing of them.

use envoy_protocol::ws::Token;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq as _;

use crate::error::ApiError;

/// Whether a caller of the API has shown the token, where there is one: `Authorization: Bearer T`.
pub(super) fn check_api(headers: &HeaderMap, token: Option<&Token>) -> Result<(), ApiError> {
    let Some(token) = token else {
        return Ok(());
    };
    let shown = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, shown) = value.as_bytes().split_at_checked(7)?;
        scheme
            .eq_ignore_ascii_case(b"bearer ")
            .then_some(shown.trim_ascii())
    });
    check(shown, token)
}

/// Whether what was shown is the token.
pub(crate) fn check(shown: Option<&[u8]>, token: &Token) -> Result<(), ApiError> {
    match shown {
        None => Err(ApiError::forbidden("Token not provided")),
        Some(shown) if bool::from(shown.ct_eq(token.reveal().as_bytes())) => Ok(()),
        Some(_) => Err(ApiError::forbidden("Invalid token")),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))])
    }

    #[test]
    fn takes_the_token_and_nothing_else() {
        let token = Token::new("secret").expect("it can be sent");
        let token = Some(&token);
        for value in ["Bearer secret", "bearer secret", "BEARER  secret "] {
            check_api(&headers(value), token).expect(value);
        }
        for value in [
            "",
            "secret",
            "Basic secret",
            "Bearer",
            "Bearer ",
            "Bearer secre",
            "Bearer secrets",
            "Bearer Secret",
        ] {
            let error = check_api(&headers(value), token).expect_err(value);
            assert_eq!(
                (error.status.as_u16(), error.name()),
                (403, "api.forbidden".to_owned())
            );
            assert!(!error.to_string().contains("secre"), "{error}");
        }
        check_api(&HeaderMap::new(), token).expect_err("nothing was shown");
        check_api(&HeaderMap::new(), None).expect("nothing is asked for");
    }
}
